/**
 * The known name that a misspelt one most likely stands for, where one is near enough; case does not count.
 *
 * A name that goes on as the misspelt one begins is nearest; else that of least edit distance, if no more than a third
 * of the letters (and one in short names) would have to be put in, left out, changed or swapped with their neighbour.
 *
 * @param name What was written.
 * @param known What could have been meant; of equally near ones the first is taken.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { nearestName } from "@gcln/kit/kinds";
 *
 * assertEquals(nearestName("webgl", ["tensorflow", "webgpu", "wasm"]), "webgpu");
 * assertEquals(nearestName("cuda", ["tensorflow", "webgpu", "wasm"]), undefined);
 * ```
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  const rated = known.map((name) => {
    const candidate = name.toLowerCase();
    const starts = wanted.length > 1 && candidate.startsWith(wanted);
    return { name, distance: starts ? 0.5 : editDistance(wanted, candidate) };
  });
  const [best] = rated.sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(1, Math.ceil(name.length / 3))
    ? best.name
    : undefined;
}

/** How many letters must be inserted, deleted, replaced or swapped with their neighbour to turn one word into the other. */
function editDistance(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => {
    return Array.from({ length: b.length + 1 }, (_, j) => i === 0 ? j : j === 0 ? i : 0);
  });
  const at = (i: number, j: number) => table[i]![j]!;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      table[i]![j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        table[i]![j] = Math.min(at(i, j), at(i - 2, j - 2) + 1);
      }
    }
  }
  return at(a.length, b.length);
}
