import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { tf, uniform, useBackend } from "@gcln/kit/tensor";
import { haar, haarBasis, inverseHaar } from "@gcln/kit/transform";

await useBackend();

/** All levels of one line: sums and differences of neighbours over √2, then the same of the sums. */
function levels(line: readonly number[]): number[] {
  if (line.length === 1) return [...line];
  const pairs = Array.from({ length: line.length / 2 }, (_, i) => [line[2 * i]!, line[2 * i + 1]!] as const);
  return [
    ...levels(pairs.map(([a, b]) => (a + b) / Math.SQRT2)),
    ...pairs.map(([a, b]) => (a - b) / Math.SQRT2),
  ];
}

for (const block of [1, 2, 4, 8, 16]) {
  Deno.test(`haar() is the recursion of sums and differences, in blocks of ${block}`, async () => {
    const image = uniform<tf.Rank.R4>([1, block, block, 1], 0, 1, block), pixels = [...await image.data()];
    const rows = Array.from({ length: block }, (_, i) => levels(pixels.slice(i * block, (i + 1) * block)));
    const columns = Array.from({ length: block }, (_, j) => levels(rows.map((row) => row[j]!)));
    const coefficients = await haar(image, block).data();
    for (let i = 0; i < block; i++) {
      for (let j = 0; j < block; j++) {
        assertAlmostEquals(coefficients[i * block + j]!, columns[j]![i]!, 1e-5);
      }
    }
  });

  Deno.test(`haarBasis(${block}) is orthonormal`, () => {
    const basis = haarBasis(block);
    assertEquals(basis.length, block);
    for (const [i, a] of basis.entries()) {
      for (const [j, b] of basis.entries()) {
        assertAlmostEquals(a.reduce((sum, value, n) => sum + value * b[n]!, 0), i === j ? 1 : 0, 1e-12);
      }
    }
  });
}

Deno.test("inverseHaar() undoes haar() on images that are not square", async () => {
  const images = uniform<tf.Rank.R4>([2, 8, 24, 3], 0, 1, 1);
  const [error] = await inverseHaar(haar(images)).sub(images).abs().max().data();
  assertAlmostEquals(error!, 0, 1e-6);
});

Deno.test("haar() wants a power of two", () => {
  for (const block of [0, -4, 6, 0.5, NaN]) {
    assertThrows(
      () => haar(tf.zeros([1, 12, 12, 1]), block),
      RangeError,
      `Cannot use block ${block}: a power of two is wanted`,
    );
  }
});
