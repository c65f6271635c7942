import type { Outcomes } from "./jasmine.ts";

/** How an engine of the kit differs from the plain package. */
export interface Differences {
  /** Tests that pass on the plain package and not on the kit's engine, with what the kit's engine says. */
  readonly worse: Readonly<Record<string, string>>;
  /** Tests that pass only on the kit's engine. */
  readonly better: readonly string[];
}

/** Compares the outcomes of the same tests. */
export function differences(kit: Outcomes, plain: Outcomes): Differences {
  const passes = (outcomes: Outcomes, name: string) => outcomes[name]?.status === "passed";
  const worse = Object.keys(plain).filter((name) => passes(plain, name) && !passes(kit, name));
  return {
    worse: Object.fromEntries(worse.map((name) => [name, kit[name]?.message ?? "it did not run"])),
    better: Object.keys(kit).filter((name) => passes(kit, name) && !passes(plain, name)),
  };
}
