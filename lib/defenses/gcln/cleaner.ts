import type { Network } from "../../networks/mod.ts";
import { type Cleaner, type Images, type Parameters, straightThrough, tf } from "../../tensor/mod.ts";
import { type Backward, quantizedTransform, type QuantizedTransformOptions } from "../../transform/mod.ts";

/** The quantized transform in front of a generator. */
export interface CleanerTransform extends Omit<QuantizedTransformOptions, "q" | "backward"> {
  /** The quantization step on [0, 1] images; "none" leaves the quantized transform out. */
  readonly q: number | "none";
  /**
   * Whether the step is q, or was learned from q on: it is then the generator's parameter {@linkcode LEARNED_STEP}.
   *
   * @default {"fixed"}
   */
  readonly step?: "fixed" | "learned";
}

/** The name, among the generator's parameters, of the logarithm of a learned quantization step. */
export const LEARNED_STEP = "quantizer.log_step";

/** How {@linkcode cleanerOf} destroys and recovers. */
export interface CleanerOptions extends CleanerTransform {
  /**
   * The gradient of the rounding.
   *
   * @default {"exact"}
   */
  readonly backward?: Backward;
  /**
   * The gradient of the clip to [0, 1] at the end: zero outside the range as it is, or the identity's.
   *
   * @default {"exact"}
   */
  readonly clip?: Backward;
}

/**
 * The generative cleaning network as a function: the quantized nonlinear transform, then the generator (Figure 1).
 *
 * What comes out is clipped to [0, 1], since it is an image. The clip's true gradient is zero outside the range: where the
 * generator writes beyond black or white, an attacker sees nothing, unless the clip is passed straight through as well.
 *
 * @param generator A network from images to images.
 * @param parameters The generator's.
 * @param options Of the quantized transform, `q` above all; and which gradients an attacker (or the training) sees.
 * @returns Images in, cleaned images of the same shape out. What it computes on the way belongs to the caller's scope, so
 * open a `tidy` around a call; the cleaner of a trained network does that itself.
 * @throws {RangeError} If a learned step is not among the parameters, or there is none to learn.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { cleanerOf } from "@gcln/kit/defenses";
 * import { generator } from "@gcln/kit/networks";
 * import { tf, uniform, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const network = generator({ architecture: "generator", width: 4, channels: 3 });
 * const clean = cleanerOf(network, network.init(1), { q: 10 / 255 });
 * const images = uniform<tf.Rank.R4>([1, 32, 32, 3], 0, 1, 2);
 * // An untrained generator adds nothing, so only the quantizer's error is left.
 * const error = clean(images).sub(images).abs().max();
 * assert((await error.data())[0]! < 0.2);
 * ```
 */
export function cleanerOf(
  generator: Network<Images>,
  parameters: Parameters,
  options: CleanerOptions,
): Cleaner {
  const exactly = (images: Images): Images => tf.clipByValue(images, 0, 1);
  const clip = options.clip === "straight-through" ? straightThrough(exactly) : exactly;
  const destroy = destroyerOf(parameters, options);
  return (images) => clip(generator.apply(parameters, destroy(images)));
}

/** The quantized transform, or nothing. */
function destroyerOf(
  parameters: Parameters,
  { q, step = "fixed", clip: _, ...transform }: CleanerOptions,
): Cleaner {
  checkStep(q, step);
  if (q === "none") return (images) => images;
  const learned = parameters[LEARNED_STEP];
  if (step === "fixed") return (images) => quantizedTransform(images, { q, ...transform });
  if (learned === undefined) {
    throw new RangeError(`Parameter ${LEARNED_STEP} is missing: the step is learned`);
  }
  return (images) => quantizedTransform(images, { q: learned.exp() as tf.Scalar, ...transform });
}

/** Throws if there is no step to learn. */
export function checkStep(q: number | "none", step: "fixed" | "learned"): void {
  if (q !== "none" || step === "fixed") return;
  throw new RangeError("Cannot learn a step from q none: a number above 0 is wanted");
}

/** The generator's first parameters, and the step's where it is learned. */
export function firstParameters(
  generator: Network<Images>,
  { q, step = "fixed" }: CleanerTransform,
  seed: number,
): Parameters {
  checkStep(q, step);
  const parameters = generator.init(seed);
  return step === "learned"
    ? { ...parameters, [LEARNED_STEP]: tf.scalar(Math.log(q as number)) }
    : parameters;
}
