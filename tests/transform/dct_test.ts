import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { tf, uniform, useBackend } from "@gcln/kit/tensor";
import { dct, dctBasis, inverseDct } from "@gcln/kit/transform";

await useBackend();

/** Eq. (1) as printed but for the factor, one loop for each of its letters. */
function naive(pixels: Float32Array, [n, h, w, c]: readonly number[], m: number): number[] {
  const at = (image: number, row: number, column: number, channel: number) =>
    ((image * h! + row) * w! + column) * c! + channel;
  const scale = (i: number) => i === 0 ? 1 / Math.SQRT2 : 1;
  const output = new Array<number>(pixels.length);
  for (let image = 0; image < n!; image++) {
    for (let channel = 0; channel < c!; channel++) {
      for (let row = 0; row < h!; row++) {
        for (let column = 0; column < w!; column++) {
          const i = row % m, j = column % m, top = row - i, left = column - j;
          let sum = 0;
          for (let a = 0; a < m; a++) {
            for (let b = 0; b < m; b++) {
              sum += pixels[at(image, top + a, left + b, channel)]! *
                Math.cos(i * Math.PI * (2 * a + 1) / (2 * m)) * Math.cos(j * Math.PI * (2 * b + 1) / (2 * m));
            }
          }
          output[at(image, row, column, channel)] = 2 / m * scale(i) * scale(j) * sum;
        }
      }
    }
  }
  return output;
}

const cases: readonly (readonly [number, readonly [number, number, number, number]])[] = [
  [4, [2, 8, 12, 1]],
  [8, [2, 16, 8, 3]],
  [16, [1, 16, 32, 3]],
];

for (const [block, shape] of cases) {
  Deno.test(`dct() is Eq. (1) written as loops, on [${shape}] in blocks of ${block}`, async () => {
    const images = uniform<tf.Rank.R4>([...shape], 0, 1, block);
    const expected = naive(await images.data() as Float32Array, shape, block);
    const coefficients = await dct(images, block).data();
    expected.forEach((value, i) => assertAlmostEquals(coefficients[i]!, value, 1e-5));
  });

  Deno.test(`inverseDct() undoes dct(), on [${shape}] in blocks of ${block}`, async () => {
    const images = uniform<tf.Rank.R4>([...shape], 0, 1, block);
    const [error] = await inverseDct(dct(images, block), block).sub(images).abs().max().data();
    assertAlmostEquals(error!, 0, 2e-6);
  });
}

Deno.test("dct() has JPEG's factor of 1/4 in blocks of 8", async () => {
  const corner = tf.tensor4d([1, ...new Array(63).fill(0)], [1, 8, 8, 1]);
  const coefficients = await dct(corner).data();
  assertAlmostEquals(coefficients[0]!, 1 / 4 / 2, 1e-6);
  assertAlmostEquals(coefficients[9]!, 1 / 4 * Math.cos(Math.PI / 16) ** 2, 1e-6);
});

for (const block of [1, 2, 4, 7, 8, 16]) {
  Deno.test(`dctBasis(${block}) is orthonormal`, () => {
    const basis = dctBasis(block);
    for (const [i, a] of basis.entries()) {
      for (const [j, b] of basis.entries()) {
        assertAlmostEquals(a.reduce((sum, value, n) => sum + value * b[n]!, 0), i === j ? 1 : 0, 1e-12);
      }
    }
  });
}

Deno.test("dct() says which sides it needs", () => {
  assertThrows(
    () => dct(tf.zeros([1, 28, 32, 1])),
    RangeError,
    "Cannot split 28 × 32 images into blocks of 8: sides must be multiples of 8",
  );
  assertThrows(() => dct(tf.zeros([1, 32, 28, 1])), RangeError, "32 × 28");
  for (const block of [0, -8, 2.5, NaN]) {
    assertThrows(
      () => dct(tf.zeros([1, 8, 8, 1]), block),
      RangeError,
      `Cannot use block ${block}: a whole number`,
    );
  }
});

Deno.test("dct() leaves one tensor behind, its result", () => {
  const images = tf.zeros<tf.Rank.R4>([1, 16, 16, 3]), before = tf.memory().numTensors;
  const coefficients = dct(images);
  assertEquals(tf.memory().numTensors, before + 1);
  tf.dispose([images, coefficients]);
});
