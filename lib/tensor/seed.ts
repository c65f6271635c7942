import { checkSetting, count, type Setting, size, valueText } from "../kinds/mod.ts";
import { tf } from "./tf.ts";

const SEED: Setting = { wanted: "a whole number", accepts: Number.isSafeInteger };
const COUNT = count(), DEVIATION = size();
const NUMBER: Setting = { wanted: "a finite number", accepts: Number.isFinite };
const PART: Setting = {
  wanted: "a text or a number",
  accepts: (value) => typeof value === "string" || typeof value === "number" && !Number.isNaN(value),
};

/**
 * Derives a seed from a seed and what it is for, so that one number in a spec fixes all randomness.
 *
 * The parts are mixed in order by FNV-1a and finished by MurmurHash3's avalanche: 32 bits, the same on every machine.
 *
 * @param seed The parent, any integer.
 * @param parts What the new seed is for.
 * @returns An integer in [0, 2³²).
 * @throws {RangeError} Where the seed is not a whole number, or a part neither text nor number.
 *
 * @example Usage
 * ```ts
 * import { assertNotEquals } from "@std/assert";
 * import { fold } from "@gcln/kit/tensor";
 *
 * assertNotEquals(fold(1, "pgd", 0), fold(1, "pgd", 1));
 * ```
 */
export function fold(seed: number, ...parts: readonly (string | number)[]): number {
  checkSetting("seed", SEED, seed);
  for (const part of parts) checkSetting("a seed's part", PART, part);
  let hash = 0x811c9dc5;
  for (const char of `${seed}|${parts.join("|")}`) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A stream of random numbers in [0, 1): the same for a seed on every machine and backend. */
export type Random = () => number;

/**
 * The stream of a seed (sfc32 by Chris Doty-Humphrey, 32 bits a number).
 *
 * @param seed Any integer.
 * @throws {RangeError} Where the seed is not a whole number.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { random } from "@gcln/kit/tensor";
 *
 * const next = random(1);
 * assertEquals([next(), next()], [0.14394426462240517, 0.912539946846664]);
 * ```
 */
export function random(seed: number): Random {
  let a = fold(seed, "a") | 0, b = fold(seed, "b") | 0, c = fold(seed, "c") | 0, counter = 1;
  return () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 4294967296;
  };
}

/**
 * A permutation of 0 … n − 1 (Fisher and Yates).
 *
 * @param n How many, 0 or more.
 * @param seed Any integer.
 * @throws {RangeError} Where `n` is not a whole number of at least 0, or the seed none at all.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { permutation } from "@gcln/kit/tensor";
 *
 * assertEquals([...permutation(8, 1)], [0, 2, 7, 3, 5, 4, 6, 1]);
 * ```
 */
export function permutation(n: number, seed: number): Uint32Array {
  checkSetting("n", COUNT, n);
  const next = random(seed), order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** One seed for all values of a tensor, or one for each row of its first axis: the draws of an image of a batch. */
export type Seeds = number | readonly number[];

/** Fills a tensor's values stretch by stretch, each from its own stream. */
function drawn<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  seed: Seeds,
  fill: (values: Float32Array, next: Random) => void,
): tf.Tensor<R> {
  if (!Array.isArray(shape) || !shape.every(COUNT.accepts)) {
    throw new TypeError(`Cannot draw values of shape ${valueText(shape)}: a list of whole numbers is wanted`);
  }
  const values = new Float32Array(tf.util.sizeFromShape(shape as number[]));
  if (typeof seed === "number") {
    fill(values, random(seed));
    return tf.tensor(values, shape);
  }
  if (!Array.isArray(seed)) checkSetting("seed", SEED, seed);
  const [rows] = shape as number[];
  if (seed.length !== rows) {
    throw new RangeError(
      `Cannot draw values of shape [${shape}] from ${seed.length} seeds: one, or one a row`,
    );
  }
  const each = rows === 0 ? 0 : values.length / rows;
  seed.forEach((seed, row) => fill(values.subarray(row * each, (row + 1) * each), random(seed)));
  return tf.tensor(values, shape);
}

/**
 * Uniform numbers in [low, high), drawn in JavaScript so that every backend sees the same.
 *
 * @param shape The tensor's shape.
 * @param low The least value.
 * @param high What all values are below, up to the rounding to float32.
 * @param seed Any integer, or one for each row of the first axis.
 * @throws {RangeError} Where there are more or fewer seeds than rows, a seed is not a whole number, or a bound not finite.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { uniform, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const noise = uniform([2, 3], -1, 1, 7);
 * assertEquals([noise.shape, noise.dtype], [[2, 3], "float32"]);
 * ```
 */
export function uniform<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  low: number,
  high: number,
  seed: Seeds,
): tf.Tensor<R> {
  checkSetting("low", NUMBER, low);
  checkSetting("high", NUMBER, high);
  return drawn(shape, seed, (values, next) => {
    for (let i = 0; i < values.length; i++) values[i] = low + (high - low) * next();
  });
}

/**
 * Normal numbers (Box and Muller 1958), drawn in JavaScript so that every backend sees the same.
 *
 * @param shape The tensor's shape.
 * @param mean Their expectation.
 * @param deviation Their standard deviation, 0 or more.
 * @param seed Any integer, or one for each row of the first axis.
 * @throws {RangeError} Where there are more or fewer seeds than rows, a seed is not a whole number, the mean not finite, or
 * the deviation below 0.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { normal, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * assertEquals([...await normal([2], 5, 0, 1).data()], [5, 5]);
 * ```
 */
export function normal<R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  mean: number,
  deviation: number,
  seed: Seeds,
): tf.Tensor<R> {
  checkSetting("mean", NUMBER, mean);
  checkSetting("deviation", DEVIATION, deviation);
  return drawn(shape, seed, (values, next) => {
    for (let i = 0; i < values.length; i += 2) {
      const radius = deviation * Math.sqrt(-2 * Math.log(1 - next())), angle = 2 * Math.PI * next();
      values[i] = mean + radius * Math.cos(angle);
      if (i + 1 < values.length) values[i + 1] = mean + radius * Math.sin(angle);
    }
  });
}
