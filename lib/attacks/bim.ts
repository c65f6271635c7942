import type { Settings } from "../kinds/mod.ts";
import type { Batch, Classifier, Images } from "../tensor/mod.ts";
import { type Ascent, defineAttack, type IteratedAttack, type SpecOf } from "./attack.ts";
import { checkMaker, type IteratedOptions, iteratedSettings } from "./steps/attack_options.ts";
import { type Iterated, run } from "./steps/iterated.ts";
import { projectedAscent } from "./steps/projected_ascent.ts";

/** {@linkcode bim} as data. */
export type BimSpec = Ascent & SpecOf<"bim", IteratedOptions, "stepSize" | "steps">;

const settings: Settings = iteratedSettings;

/**
 * {@linkcode bim} as a start and a step.
 *
 * @param options As for `bim`.
 */
export function bimAttack(options: IteratedOptions): Iterated {
  checkMaker("bim", settings, options);
  const { steps = 10, stepSize } = options;
  return projectedAscent({ ...options, start: "original", steps, stride: stepSize ?? { radii: 1 / 8 } });
}

function attack(surrogate: Classifier, batch: Batch, options: IteratedOptions): Images {
  return run(bimAttack(options), surrogate, batch);
}

/**
 * The basic iterative method (Kurakin et al. 2017): `pgd` that starts at the image itself.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball, and how to search it.
 * @returns The attacked images, in the ball and in [0, 1]; the caller's to free.
 * @throws {RangeError} Where the surrogate does not return logits, or counts do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bim, linf } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // A gradient of zero moves nothing.
 * const classifier = (x: tf.Tensor4D) => x.mul(0).reshape([1, 4]) as tf.Tensor2D;
 * const batch = { images: tf.fill([1, 2, 2, 1], 0.25) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const attacked = bim(classifier, batch, { ball: linf(8 / 255), stepSize: 1 / 255, steps: 10 });
 * assertEquals([...await attacked.data()], [0.25, 0.25, 0.25, 0.25]);
 * ```
 */
export const bim: IteratedAttack<
  (surrogate: Classifier, batch: Batch, options: IteratedOptions) => Images,
  BimSpec
> = defineAttack(attack, {
  name: "bim",
  title: "BIM",
  source: "Kurakin et al. 2017",
  asks: "gradients",
  needsVictim: false,
  norms: ["linf", "l2", "l1"],
  settings,
  required: ["stepSize", "steps"],
  sameStep: true,
  steady: true,
  goesOnFrom: "its images",
  iterated: bimAttack,
  examples: ({ ball, steps }) => ({ "BIM": { stepSize: ball.epsilon / 4, steps } }),
});
