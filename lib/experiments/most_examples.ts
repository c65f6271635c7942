/**
 * How many test images a cell gets at most, from the environment's `GCLN_EXAMPLES`: for a rehearsal of long tables and
 * notebooks. A number that an option gives itself counts more.
 *
 * @returns The number, or undefined where the variable is absent or empty.
 * @throws {RangeError} If it is no whole number of at least 1.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { circumstancesOf, mostExamples, table1 } from "@gcln/kit/experiments";
 *
 * Deno.env.set("GCLN_EXAMPLES", "10");
 * assertEquals(mostExamples(), 10);
 * assertEquals(circumstancesOf(table1, { profile: "quick" }).profile.examples, 10); // 200 without it
 * Deno.env.delete("GCLN_EXAMPLES");
 * assertEquals(mostExamples(), undefined);
 * ```
 */
export function mostExamples(): number | undefined {
  const text = Deno.env.get("GCLN_EXAMPLES") ?? "";
  if (text === "") return undefined;
  if (!/^[1-9]\d*$/.test(text)) {
    throw new RangeError(`GCLN_EXAMPLES needs a whole number of at least 1, not ${JSON.stringify(text)}`);
  }
  return Number(text);
}
