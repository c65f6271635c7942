import { fileURLToPath } from "node:url";
import type { EngineName } from "./engines.ts";
import type { Outcomes } from "./jasmine.ts";

/** What tests did on an engine. */
export interface Run {
  readonly engine: EngineName;
  readonly outcomes: Outcomes;
  readonly seconds: number;
}

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

/**
 * Runs files of tests on an engine, in a process of its own.
 *
 * @throws {Error} Where the process fails, with the end of what it said.
 */
export async function run(engine: EngineName, files: readonly string[]): Promise<Run> {
  const to = await Deno.makeTempFile({ prefix: "gcln-conformance-", suffix: ".json" }),
    start = performance.now();
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", MAIN, engine, to, ...files],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) {
      throw new Error(`The tests stopped on ${engine}: ${new TextDecoder().decode(stderr).slice(-2000)}`);
    }
    const outcomes = JSON.parse(await Deno.readTextFile(to)) as Outcomes;
    return { engine, outcomes, seconds: (performance.now() - start) / 1000 };
  } finally {
    await Deno.remove(to);
  }
}
