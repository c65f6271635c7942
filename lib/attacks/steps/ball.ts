import {
  checkSetting,
  checkSettings,
  type Setting,
  type Settings,
  valueText,
  word,
} from "../../kinds/mod.ts";
import { type Images, normal, random, type Seeds, tf, uniform } from "../../tensor/mod.ts";

/** How far apart two images are: the largest change, the Euclidean length, or the sum of all changes. */
export type Norm = "linf" | "l2" | "l1";

/** A radius for all images, one for each, or the latter as a tensor that broadcasts to `[n, h, w, c]`. */
export type Radius = number | readonly number[] | tf.Tensor;

/** The images within `epsilon` of an image, on the [0, 1] scale. */
export interface Ball<Epsilon extends Radius = number> {
  /** How distances are measured. */
  readonly norm: Norm;
  /** The radius: `8 / 255` for linf; Euclidean length for l2, sum of absolute changes for l1. */
  readonly epsilon: Epsilon;
}

/** A ball with one radius, or with one for each image. */
export type AnyBall = Ball<Radius>;

/** The norms. */
const NORMS: readonly Norm[] = ["linf", "l2", "l1"];

/** How other libraries write the norms as numbers. */
const AS_NUMBERS: ReadonlyMap<unknown, Norm> = new Map([[Infinity, "linf"], [2, "l2"], [1, "l1"]]);

const norm: Setting = word(NORMS);

const radius: Setting = {
  wanted: "a finite number of at least 0, or one for each image,",
  accepts: (value) => {
    const isRadius = (value: unknown) => Number.isFinite(value) && value as number >= 0;
    return Array.isArray(value) ? value.every(isRadius) : value instanceof tf.Tensor || isRadius(value);
  },
};

const parts: Settings = { norm, epsilon: radius };

/**
 * Throws where a norm is none of the three.
 *
 * @param given The norm.
 * @throws {RangeError} With the nearest right one.
 */
export function checkNorm(given: unknown): asserts given is Norm {
  const meant = AS_NUMBERS.get(given);
  if (meant !== undefined) {
    throw new RangeError(`Cannot use norm ${given}: ${norm.wanted} is wanted, did you mean "${meant}"?`);
  }
  checkSetting("norm", norm, given);
}

/**
 * Throws where a ball is none: its norm, its radius, or what else it holds. Every function that takes a ball asks here, so
 * that a ball from JSON or a notebook is looked at as one from {@linkcode linf} is.
 *
 * @param given The ball.
 * @throws {TypeError} Where it is no object.
 * @throws {RangeError} Where the norm is not known, a radius is negative or not finite, or an linf radius is above 1.
 */
export function checkBall(given: unknown): asserts given is AnyBall {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `Cannot use ball ${valueText(given)}: { norm, epsilon } is wanted, linf(8 / 255) for one`,
    );
  }
  const { norm, epsilon } = given as Partial<AnyBall>;
  if (norm !== undefined) checkNorm(norm);
  checkSettings("a ball", parts, given, ["norm", "epsilon"]);
  if (norm !== "linf" || epsilon instanceof tf.Tensor) return;
  const large = [epsilon as number | readonly number[]].flat().find((radius) => radius > 1);
  if (large === undefined) return;
  throw new RangeError(
    `Cannot use an linf ball of epsilon ${large}: images are in [0, 1], so at most 1 is wanted` +
      (large <= 255 ? `, did you mean ${large} / 255?` : ""),
  );
}

function ball<E extends Radius>(norm: Norm, epsilon: E): Ball<E> {
  const made: Ball<E> = { norm, epsilon };
  checkBall(made);
  return made;
}

/**
 * The ball in which no pixel changes by more than ε.
 *
 * @param epsilon The radius on the [0, 1] scale, or one for each image.
 * @throws {RangeError} Where a radius is negative or not finite.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 *
 * assertEquals(linf(8 / 255), { norm: "linf", epsilon: 8 / 255 });
 * ```
 */
export function linf<E extends Radius>(epsilon: E): Ball<E> {
  return ball("linf", epsilon);
}

/**
 * The ball of changes of Euclidean length ε at most.
 *
 * @param epsilon The radius on the [0, 1] scale, or one for each image.
 * @throws {RangeError} Where a radius is negative or not finite.
 */
export function l2<E extends Radius>(epsilon: E): Ball<E> {
  return ball("l2", epsilon);
}

/**
 * The ball of changes that sum up to ε at most.
 *
 * @param epsilon The radius on the [0, 1] scale, or one for each image.
 * @throws {RangeError} Where a radius is negative or not finite.
 */
export function l1<E extends Radius>(epsilon: E): Ball<E> {
  return ball("l1", epsilon);
}

const PIXELS = [1, 2, 3];
const SMALLEST = 2 ** -126; // of the normal float32 numbers

function roundDown(value: number): number {
  const near = Math.fround(value);
  return near <= value ? near : Math.fround(near - Math.max(near * 2 ** -24, 2 ** -149));
}

/**
 * The radius as a tensor that broadcasts to images, never above ε in float32.
 *
 * @param ball The ball.
 * @param count The number of images.
 * @throws {RangeError} Where there are radii for another number of images.
 */
export function radii(ball: AnyBall, count: number): tf.Tensor {
  checkBall(ball);
  const { epsilon } = ball;
  if (typeof epsilon === "number") return tf.scalar(roundDown(epsilon));
  const given = epsilon instanceof tf.Tensor ? epsilon.shape[0] ?? count : epsilon.length;
  if (given !== count) {
    throw new RangeError(`Cannot use ${given} radii for ${count} images: give one for each`);
  }
  return epsilon instanceof tf.Tensor ? epsilon : tf.tensor(epsilon.map(roundDown), [count, 1, 1, 1]);
}

/** The error of a norm that is none, from {@linkcode checkNorm}. */
function unknownNorm(norm: unknown): never {
  checkNorm(norm);
  throw new RangeError(`Cannot measure by ${norm}`);
}

/** Per pixel bounds, `[n, h, w, c]`. */
export interface PixelBounds {
  /** The least that each pixel may be. */
  readonly lower: Images;
  /** The most that each pixel may be. */
  readonly upper: Images;
}

/**
 * The pixels that an linf ball and [0, 1] allow, as two images.
 *
 * `original − lower` and `upper − original` never exceed ε, not by the last bit: what float32 rounded outwards is
 * moved to the next number inwards. A step clipped to these bounds needs no other projection.
 *
 * @param ball An linf ball.
 * @param original Images in [0, 1].
 */
export function bounds(ball: AnyBall, original: Images): PixelBounds {
  return tf.tidy(() => {
    const epsilon = radii(ball, original.shape[0]);
    const nudge = 2 ** -24 * (1 + 2 ** -23); // just over half an ulp, so that it moves a number to its neighbour
    const inwards = (edge: tf.Tensor, outside: tf.Tensor, direction: number) =>
      edge.add(edge.mul(outside.cast("float32").mul(direction * nudge)));
    // What a sum is off by, its larger part taken away leaves without rounding (Dekker 1971). Where ε is larger than a
    // pixel, the lower bound is 0 anyhow.
    const down = original.sub(epsilon), up = original.add(epsilon);
    const isBelow = original.sub(down).greater(epsilon);
    const isAbove = up.sub(original.maximum(epsilon)).greater(original.minimum(epsilon));
    const lower = inwards(down, isBelow, 1).maximum(0) as Images;
    const upper = inwards(up, isAbove, -1).minimum(1) as Images;
    return { lower, upper };
  });
}

/**
 * Brings images back into the ball around the originals, and into [0, 1].
 *
 * linf: clips each pixel. l2: shortens the change, then clips. l1: the nearest image that is in the ball and in
 * [0, 1] at once, a soft threshold λ on the change found by bisection (Croce & Hein 2021, "Mind the box").
 * The result is never outside, not by rounding either: l2 and l1 aim at a radius that is smaller by what float32
 * may add.
 *
 * @param ball The ball.
 * @param original Its centres, `[n, h, w, c]` in [0, 1].
 * @param images What is projected, of the same shape.
 * @throws {RangeError} Where the shapes differ.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, project } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const original = tf.tensor4d([0, 0.5, 1], [1, 1, 3, 1]);
 * const projected = project(linf(0.25), original, original.add(0.5));
 * assertEquals([...await projected.data()], [0.25, 0.75, 1]);
 * ```
 */
export function project(ball: AnyBall, original: Images, images: Images): Images {
  checkBall(ball);
  checkSameShape(images, original);
  return tf.tidy(() => {
    const [count, ...shape] = original.shape, pixels = tf.util.sizeFromShape(shape);
    switch (ball.norm) {
      case "linf":
        return clip(bounds(ball, original), images);
      case "l2": {
        const epsilon = shrunk(radii(ball, count), pixels, Math.sqrt(pixels));
        const change = images.sub(original), length = euclidean(change);
        const factor = epsilon.div(length.maximum(epsilon).maximum(SMALLEST));
        return original.add(change.mul(factor)).clipByValue(0, 1) as Images;
      }
      case "l1":
        return projectL1(shrunk(radii(ball, count), pixels, pixels), original, images);
      default:
        throw unknownNorm(ball.norm satisfies never);
    }
  });
}

/** Throws where some images are not as many, or not of the same shape, as others. */
function checkSameShape(images: Images, original: Images): void {
  if (tf.util.arraysEqual(original.shape, images.shape)) return;
  throw new RangeError(
    `Cannot compare images [${images.shape}] with images [${original.shape}]: equal shapes are wanted`,
  );
}

/** The length of each image's vector of pixels, `[n, 1, 1, 1]`. */
function euclidean(change: tf.Tensor): tf.Tensor {
  return change.square().sum(PIXELS, true).sqrt();
}

/** Clips each pixel to its bounds. */
export function clip({ lower, upper }: PixelBounds, images: Images): Images {
  return images.maximum(lower).minimum(upper) as Images;
}

/**
 * ε less what float32 may add: half an ulp for each pixel of `original + change`, whose sum or length is `reach` of
 * them, and some relative error in taking the sum.
 */
function shrunk(epsilon: tf.Tensor, pixels: number, reach: number): tf.Tensor {
  return epsilon.mul(1 - Math.sqrt(pixels) * 2 ** -23).sub(reach * 2 ** -25).maximum(0);
}

const BISECTIONS = 26;

function projectL1(epsilon: tf.Tensor, original: Images, images: Images): Images {
  const change = images.sub(original), size = change.abs(), direction = change.sign();
  const room = tf.where(direction.greater(0), tf.sub(1, original), original); // how far a pixel can go at all
  const reduced = (threshold: tf.Tensor) => size.sub(threshold).maximum(0).minimum(room);
  const total = (threshold: tf.Tensor) => reduced(threshold).sum(PIXELS, true);
  let low: tf.Tensor = tf.zeros([original.shape[0], 1, 1, 1]);
  let high: tf.Tensor = size.max(PIXELS, true);
  const inside = total(low).lessEqual(epsilon);
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = low.add(high).mul(0.5), enough = total(middle).lessEqual(epsilon);
    [low, high] = [tf.where(enough, low, middle), tf.where(enough, middle, high)];
  }
  const threshold = tf.where(inside, 0, high);
  return original.add(reduced(threshold).mul(direction)).clipByValue(0, 1) as Images;
}

/**
 * The direction in which a linear loss rises fastest for a change of size 1 in the ball's norm; 0 where the gradient
 * is 0.
 *
 * linf: the sign. l2: the gradient over its length, also where squares would underflow.
 *
 * Departure: for l1 the steepest change is that of a single pixel. As in SLIDE (Tramèr & Boneh 2019), the 1 % of the
 * pixels with the largest slope move by the same amount, since one pixel a step takes too many steps.
 *
 * @param ball The ball; only its norm counts.
 * @param gradient `[n, h, w, c]`.
 */
export function steepest(ball: Pick<AnyBall, "norm">, gradient: Images): Images {
  switch (ball.norm) {
    case "linf":
      return gradient.sign() as Images;
    case "l2": {
      const scaled = gradient.div(gradient.abs().max(PIXELS, true).maximum(SMALLEST));
      return scaled.div(euclidean(scaled).maximum(0.5)) as Images; // the length is 0 or at least 1
    }
    case "l1": {
      const [count, ...shape] = gradient.shape, pixels = tf.util.sizeFromShape(shape);
      const some = Math.ceil(pixels / 100), size = gradient.abs();
      const { values } = tf.topk(size.reshape([count, pixels]), some);
      const least = values.min(1).reshape([count, 1, 1, 1]);
      const moved = size.greaterEqual(least).cast("float32").mul(gradient.sign());
      return moved.div(moved.abs().sum(PIXELS, true).maximum(1)) as Images;
    }
    default:
      throw unknownNorm(ball.norm satisfies never);
  }
}

/**
 * Images drawn uniformly from the ball, then brought into [0, 1].
 *
 * l2: a normal direction, the length ε u^(1/d). l1: exponential sizes over the sum of d + 1 of them, random signs.
 *
 * @param ball The ball.
 * @param images Its centres, `[n, h, w, c]` in [0, 1].
 * @param seed Fixes the draw, whatever the backend; one for all images, or one for each ({@linkcode imageSeeds}).
 * @param within The {@linkcode bounds} of an linf ball, where they are known.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { contains, l2, randomStart } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const original = tf.fill([2, 4, 4, 3], 0.5) as tf.Tensor4D;
 * const drawn = randomStart(l2(0.3), original, 1);
 * assert((await contains(l2(0.3), original, drawn)).every(Boolean));
 * ```
 */
export function randomStart(ball: AnyBall, images: Images, seed: Seeds, within?: PixelBounds): Images {
  checkBall(ball);
  return tf.tidy(() => {
    const { shape } = images, pixels = tf.util.sizeFromShape(shape.slice(1));
    const change = (): tf.Tensor => {
      switch (ball.norm) {
        case "linf":
          return uniform<tf.Rank.R4>(shape, -1, 1, seed);
        case "l2": {
          const direction = normal<tf.Rank.R4>(shape, 0, 1, seed);
          const lengths = typeof seed === "number" ? seed + 1 : seed.map((seed) => seed + 1);
          const length = uniform<tf.Rank.R4>([shape[0], 1, 1, 1], 0, 1, lengths).pow(1 / pixels);
          return direction.div(euclidean(direction)).mul(length);
        }
        case "l1":
          return tf.tensor(uniformInL1(shape[0], pixels, seed), shape);
        default:
          throw unknownNorm(ball.norm satisfies never);
      }
    };
    const moved = images.add(change().mul(radii(ball, shape[0]))) as Images;
    return within ? clip(within, moved) : project(ball, images, moved);
  });
}

function uniformInL1(count: number, pixels: number, seed: Seeds): Float32Array {
  const one = typeof seed === "number" ? random(seed) : undefined, values = new Float32Array(count * pixels);
  for (let image = 0; image < count; image++) {
    const next = one ?? random((seed as readonly number[])[image]!);
    const exponential = () => -Math.log(1 - next());
    const sizes = Float64Array.from({ length: pixels + 1 }, exponential);
    const sum = sizes.reduce((a, b) => a + b);
    for (let i = 0; i < pixels; i++) values[image * pixels + i] = (next() < 0.5 ? -1 : 1) * sizes[i]! / sum;
  }
  return values;
}

/**
 * The distance of each image from its original.
 *
 * @param norm In which the distance is measured.
 * @param a Images, `[n, h, w, c]`.
 * @param b As many others.
 * @returns `[n]`.
 * @throws {RangeError} Where the norm is not known, or the shapes differ.
 */
export function distance(norm: Norm, a: Images, b: Images): tf.Tensor1D {
  checkSameShape(a, b);
  return tf.tidy(() => {
    const change = a.sub(b).abs();
    switch (norm) {
      case "linf":
        return change.max(PIXELS);
      case "l2":
        return euclidean(change).reshape([-1]);
      case "l1":
        return change.sum(PIXELS);
      default:
        throw unknownNorm(norm satisfies never);
    }
  });
}

/**
 * Whether each image is in the ball around its original and in [0, 1], told exactly: sums are taken in float64 and
 * nothing is tolerated.
 *
 * @param ball The ball.
 * @param original Its centres.
 * @param images The images in question.
 * @returns One answer for each image. Reads back.
 * @throws {RangeError} Where the ball is none, or the shapes differ.
 */
export async function contains(ball: AnyBall, original: Images, images: Images): Promise<boolean[]> {
  checkBall(ball);
  checkSameShape(images, original);
  const count = images.shape[0];
  const epsilons = typeof ball.epsilon === "number"
    ? Array<number>(count).fill(ball.epsilon)
    : ball.epsilon instanceof tf.Tensor
    ? await ball.epsilon.data()
    : ball.epsilon;
  const [centres, values] = await Promise.all([original.data(), images.data()]);
  const pixels = values.length / count;
  return Array.from({ length: count }, (_, image) => {
    let largest = 0, squares = 0, sum = 0, inRange = true;
    for (let i = image * pixels; i < (image + 1) * pixels; i++) {
      const change = Math.abs(values[i]! - centres[i]!);
      largest = Math.max(largest, change);
      squares += change * change;
      sum += change;
      inRange &&= values[i]! >= 0 && values[i]! <= 1;
    }
    const size = { linf: largest, l2: Math.sqrt(squares), l1: sum }[ball.norm];
    return inRange && size <= epsilons[image]!;
  });
}
