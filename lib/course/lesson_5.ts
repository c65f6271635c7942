import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, wrong } from "./mark.ts";
import { tried } from "./_tried.ts";

/** How the transform of a row of pixels may be written. */
interface RowVariant {
  readonly first?: number;
  readonly factor?: (m: number) => number;
  readonly wave?: (angle: number) => number;
  readonly half?: boolean;
}

function transformed(
  row: readonly number[],
  { first = Math.SQRT1_2, factor = (m) => Math.sqrt(2 / m), wave = Math.cos, half = true }: RowVariant = {},
): number[] {
  const m = row.length;
  return row.map((_, i) => {
    let sum = 0;
    for (let n = 0; n < m; n++) sum += row[n]! * wave(i * Math.PI * (half ? 2 * n + 1 : 2 * n) / (2 * m));
    return factor(m) * (i === 0 ? first : 1) * sum;
  });
}

/** Qs of exercise 5.3, and the side of a block. */
const Q = 10, SIDE = 8;

/** Whether brightening a block by so many levels moves its first coefficient to another multiple, wherever it was. */
function alwaysMoves(levels: number): boolean {
  const before = Array.from({ length: 2000 }, (_, i) => i / 2000 * Q);
  return before.every((value) => Math.round((value + SIDE * levels) / Q) !== Math.round(value / Q));
}

/** Lesson 5: the DCT, quantization, and what it does to noise. */
export const lesson5: readonly Exercise[] = [
  defineExercise({
    number: "5.1",
    asks: "Write the orthonormal discrete cosine transform of a row of pixels.",
    takes: "function",
    check: (dctOfRow: (row: number[]) => unknown) =>
      tried(dctOfRow, {
        on: [[[1, 1, 1, 1, 1, 1, 1, 1]], [[0.2, 0.9, 0.4, 0.1]], [[5, -3, 2, 0, 1, 7, -2, 4]], [[3]]],
        wanted: (row) => transformed(row),
        learned: "It is a rotation: the sum of the squares of the coefficients is that of the pixels.",
        mistakes: [
          [
            (row) => transformed(row, { first: 1 }),
            "Only the first coefficient is wrong: C₀ is 1/√2.",
          ],
          [
            (row) => transformed(row, { factor: () => 1 }),
            "The factor √(2/M) before the sum is missing, so your waves do not have length 1.",
          ],
          [
            (row) => transformed(row, { first: 1, factor: () => 1 }),
            "These are the sums without the factors: √(2/M) for all, and C₀ = 1/√2 for the first.",
          ],
          [
            (row) => transformed(row, { factor: (m) => 2 / m }),
            "The factor before the sum is the square root of 2/M.",
          ],
          [
            (row) => transformed(row, { factor: () => 1 / 2 }),
            "Your factor is right for M = 8 only; in general it is √(2/M).",
          ],
          [
            (row) => transformed(row, { half: false }),
            "In the cosine stands 2n + 1, not 2n: the wave is taken in the middle of each pixel.",
          ],
          [(row) => transformed(row, { wave: Math.sin }), "The waves are cosines, not sines."],
          [
            (row) => transformed(row, { wave: (angle) => Math.cos(angle * 180 / Math.PI) }),
            "Math.cos takes radians, not degrees.",
          ],
        ],
        otherwise:
          "For each i: add up x[n] times cos(i π (2n + 1) / (2M)) over all n, then multiply by √(2/M), and for i = 0 by 1/√2.",
      }),
  }),
  defineExercise({
    number: "5.2",
    asks: "Write Eq. (2): round each coefficient to the nearest multiple of q.",
    takes: "function",
    check: (quantized: (coefficients: number[], q: number) => unknown) =>
      tried(quantized, {
        on: [[[4, 16, -13, 0.2], 10], [[0.1, -0.39, 0.77], 0.25], [[7, -8, 9], 3]],
        wanted: (coefficients, q) => coefficients.map((x) => q * Math.round(x / q)),
        learned: "Each result is at most q/2 from the coefficient; what is smaller than q/2 becomes zero.",
        mistakes: [
          [
            (coefficients, q) => coefficients.map((x) => Math.round(x / q)),
            "These are the numbers of the multiples. Multiply back by q.",
          ],
          [
            (coefficients, q) => coefficients.map((x) => q * Math.floor(x / q)),
            "This goes down to the next multiple. The nearest one may be above.",
          ],
          [
            (coefficients, q) => coefficients.map((x) => q * Math.ceil(x / q)),
            "This goes up to the next multiple. The nearest one may be below.",
          ],
          [
            (coefficients, q) => coefficients.map((x) => q * Math.trunc(x / q)),
            "This goes towards zero. The nearest multiple may be farther out.",
          ],
          [
            (coefficients, q) => coefficients.map((x) => Math.round(x * q) / q),
            "You multiply first and divide then. It is the other way round.",
          ],
          [
            (coefficients) => coefficients.map((x) => Math.round(x)),
            "This rounds to whole numbers. Where is q?",
          ],
        ],
        otherwise: "Divide by q, round with Math.round, multiply by q.",
      }),
  }),
  defineExercise({
    number: "5.3",
    asks:
      "By how many levels must all pixels of a block brighten, so that its first coefficient always moves to another multiple " +
      "of 10?",
    takes: "number",
    check(levels) {
      const is = (value: number) => Math.abs(levels - value) <= 0.005 * value;
      if (is(Q / SIDE / 255) || is(Q / 255)) return wrong("Give the answer in levels, pixels from 0 to 255.");
      if (is(Q)) {
        return wrong(
          "So much must the coefficient move. If all pixels brighten by 1, by how much does it move?",
        );
      }
      if (is(Q / SIDE ** 2)) {
        return wrong("The coefficient is the sum of 64 pixels divided by 8, not the sum.");
      }
      if (is(Q / SIDE / 2)) {
        return wrong("Half a step is enough only if it was half-way already. It must work wherever it was.");
      }
      if (!alwaysMoves(levels * 1.005)) {
        return wrong("With that change some coefficients still round to the same multiple.");
      }
      if (alwaysMoves(levels * 0.99)) return wrong("That is enough, but less would do.");
      return right(
        "1.25 levels, and nobody sees it: the slow wave collects it from 64 pixels. A quantizer of Qs = 10 does not stop it.",
      );
    },
  }),
];
