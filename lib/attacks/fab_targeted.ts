import { count, type Settings } from "../kinds/mod.ts";
import type { Batch, Classifier } from "../tensor/mod.ts";
import { fabSearch } from "./fab/search.ts";
import { type Attack, defineAttack, type SpecOf } from "./attack.ts";
import { type FabOptions, fabSettings, resting } from "./fab.ts";
import type { MinimalResult } from "./steps/minimal.ts";

/** How {@linkcode fabTargeted} searches. */
export interface FabTargetedOptions extends Omit<FabOptions, "targets"> {
  /** How many wrong classes are tried, the likeliest first; all of them where there are fewer. Default 9. */
  readonly targetCount?: number;
}

/** {@linkcode fabTargeted} as data. */
export type FabTargetedSpec = SpecOf<"fabTargeted", FabTargetedOptions>;

const { targets: _, ...plain } = fabSettings;
const settings: Settings = { ...plain, targetCount: count({ least: 1, default: 9 }) };

async function attack(
  surrogate: Classifier,
  batch: Batch,
  options: FabTargetedOptions = {},
): Promise<MinimalResult> {
  const { targetCount = 9 } = options;
  return await fabSearch(surrogate, batch, { ...options, targetCount, aim: "class" });
}

/**
 * FAB towards each of the likeliest wrong classes in turn (Croce & Hein 2020, FAB-T as in AutoAttack): {@linkcode fab}
 * that knows only the boundary between the label and one class. Whatever wrong class is reached counts.
 *
 * Steps and restarts are for each class. A step takes one gradient however many classes there are, where `fab` takes one
 * for each. In a ball and with `stop: "on success"` it does what AutoAttack does, and no image is searched once it has
 * fallen.
 *
 * Departure: as for {@linkcode fab}. The nearest success is kept over all classes.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options As for `fab`, and the number of classes.
 * @returns The images, which of them succeeded, and how far they are from the originals.
 * @throws {RangeError} Where the surrogate does not return logits, or numbers do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fabTargeted, linf } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // The class is that of the brightest of four pixels: 0.1 will do for the second, 0.35 for the others.
 * const classifier = (x: tf.Tensor4D) => x.reshape([-1, 4]) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.7, 0.5, 0, 0], [1, 2, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * for (const [epsilon, fallen] of [[0.09, 0], [0.11, 1]] as const) {
 *   const { success } = await fabTargeted(classifier, batch, { ball: linf(epsilon), steps: 10, stop: "on success" });
 *   assertEquals([...await success.data()], [fallen]);
 * }
 * ```
 */
export const fabTargeted: Attack<
  (surrogate: Classifier, batch: Batch, options?: FabTargetedOptions) => Promise<MinimalResult>,
  FabTargetedSpec
> = defineAttack(attack, {
  name: "fabTargeted",
  title: "FAB-T",
  source: "Croce & Hein 2020",
  asks: "gradients",
  needsVictim: true,
  norms: ["linf", "l2", "l1"],
  settings,
  run: (surrogate, batch, settings, how) => attack(surrogate, batch, resting(settings, surrogate, how)),
  examples: ({ steps }) => ({ "FAB-T": { steps } }),
});
