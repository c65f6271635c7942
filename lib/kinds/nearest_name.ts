/**
 * The known name that is most similar to a misspelt one; undefined if none is similar enough. Case is ignored.
 *
 * A name that begins with the misspelt one is the most similar. Otherwise it is the name with the smallest edit distance, if
 * that is at most a third of the letters (or one, in short names).
 *
 * @param name The misspelt name.
 * @param known The known names; of equally similar ones the first is returned.
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

/** The number of letters to insert, delete, replace or swap with their neighbour to turn one word into the other. */
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
