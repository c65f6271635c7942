/**
 * The known name that a misspelt one most likely stands for: of least edit distance (Levenshtein 1966), case aside.
 *
 * @param name What was written.
 * @param known What could have been meant, at least one; of equally near ones the first is taken.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { nearestName } from "@gcln/kit/tensor";
 *
 * assertEquals(nearestName("webgl", ["tensorflow", "webgpu", "wasm"]), "webgpu");
 * ```
 */
export function nearestName(name: string, known: readonly string[]): string {
  if (known.length === 0) throw new RangeError("Cannot find the nearest of no names");
  const distances = known.map((other) => distance(name.toLowerCase(), other.toLowerCase()));
  return known[distances.indexOf(Math.min(...distances))]!;
}

/** How many letters must be put in, left out or changed to turn a into b. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
