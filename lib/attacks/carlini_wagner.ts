import { type Settings, word } from "../kinds/mod.ts";
import type { Batch, Classifier, Images } from "../tensor/mod.ts";
import { type Attack, defineAttack, type SpecOf } from "./attack.ts";
import {
  carliniWagnerL2,
  type CarliniWagnerL2Options,
  carliniWagnerL2Settings,
} from "./carlini_wagner/l2.ts";
import {
  carliniWagnerLinf,
  type CarliniWagnerLinfOptions,
  carliniWagnerLinfSettings,
} from "./carlini_wagner/linf.ts";
import { imagesOf } from "./steps/minimal.ts";

/** Either of Carlini and Wagner's attacks, by its norm. */
export type CarliniWagnerOptions =
  | ({ readonly norm?: "l2" } & CarliniWagnerL2Options)
  | ({ readonly norm: "linf" } & CarliniWagnerLinfOptions);

/** {@linkcode carliniWagner} as data. */
export type CarliniWagnerSpec = SpecOf<"carliniWagner", {
  readonly norm: "linf" | "l2";
  readonly steps?: number;
  readonly stepSize?: number;
  readonly confidence?: number;
}>;

const settings: Settings = {
  ...carliniWagnerL2Settings,
  ...carliniWagnerLinfSettings,
  norm: word(["l2", "linf"], { default: "l2" }),
};

async function attack(
  surrogate: Classifier,
  batch: Batch,
  options: CarliniWagnerOptions = {},
): Promise<Images> {
  return await imagesOf(
    options.norm === "linf"
      ? carliniWagnerLinf(surrogate, batch, options)
      : carliniWagnerL2(surrogate, batch, options),
  );
}

/**
 * The attacks of Carlini & Wagner (2017), which look for the nearest image that is misclassified.
 *
 * `norm: "l2"` is {@linkcode carliniWagnerL2}, `norm: "linf"` is {@linkcode carliniWagnerLinf}; both tell more than
 * this function does. With a ball the result is brought into it, as the paper's Table 1 has it.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options Which of the two, and how long it may search.
 * @returns The attacked images, those of failures as they were; the caller's to free.
 * @throws {RangeError} Where the surrogate does not return logits, or counts do not fit.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { carliniWagner } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the image is bright.
 * const classifier = (x: tf.Tensor4D) => {
 *   const bright = x.mean([1, 2, 3]).sub(0.5).mul(10);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 2, 2, 1], 0.4) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const attacked = await carliniWagner(classifier, batch, { searches: 3, steps: 100, initialConstant: 1 });
 * const [pixel] = await attacked.data();
 * assert(pixel! > 0.5 && pixel! < 0.52);
 * ```
 */
export const carliniWagner: Attack<
  (surrogate: Classifier, batch: Batch, options?: CarliniWagnerOptions) => Promise<Images>,
  CarliniWagnerSpec
> = defineAttack(attack, {
  name: "carliniWagner",
  title: "C&W",
  source: "Carlini & Wagner 2017",
  asks: "gradients",
  needsVictim: false,
  norms: ["linf", "l2", "l1"],
  settings,
  required: ["steps"],
  examples: ({ ball: { norm }, steps }) =>
    norm === "l1" ? {} : { [norm === "linf" ? "C&W L∞" : "C&W L2"]: { norm, steps: 10 * steps } },
});
