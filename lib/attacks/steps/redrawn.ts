import { checkSettings } from "../../kinds/mod.ts";
import { type Classifier, fold } from "../../tensor/mod.ts";
import { seed as seedSetting } from "./attack_options.ts";
import type { AttackState, Iterated } from "./iterated.ts";

/** How {@linkcode redrawn} draws. */
export interface RedrawnOptions {
  /** Fixes all draws. Default 0. */
  readonly seed?: number;
}

/**
 * An attack that sees its surrogate through another random draw in each step: `eot` with fresh draws, or the
 * `diverseInput` of DI-FGSM.
 *
 * The attack still remembers nothing: a step's seed comes from `seed` and the step's number.
 *
 * @param attack The attack as a start and a step.
 * @param change Makes a step's surrogate of the attack's and the step's seed.
 * @param options The seed.
 * @returns An attack of as many steps.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bimAttack, diverseInput, linf, redrawn, run } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the image is bright, wherever that is.
 * const classifier = (x: tf.Tensor4D) => {
 *   const bright = x.mean([1, 2, 3]).sub(0.5);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 8, 8, 1], 0.25) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const plain = bimAttack({ ball: linf(0.125), stepSize: 0.0625, steps: 4 });
 * const diverse = redrawn(plain, (surrogate, seed) => diverseInput(surrogate, { seed }), { seed: 1 });
 * const attacked = run(diverse, classifier, batch);
 * assertEquals([...await attacked.slice([0, 4, 4, 0], [1, 1, 2, 1]).data()], [0.375, 0.375]);
 * ```
 */
export function redrawn(
  attack: Iterated,
  change: (surrogate: Classifier, seed: number) => Classifier,
  options: RedrawnOptions = {},
): Iterated {
  checkSettings("redrawn", { seed: seedSetting }, options);
  const { seed = 0 } = options;
  return {
    ...attack,
    leadAt: undefined, // another surrogate's
    step(
      surrogate: Classifier,
      state: AttackState,
      index: number,
      ids?: readonly number[],
    ): AttackState {
      return attack.step(change(surrogate, fold(seed, "redrawn", index)), state, index, ids);
    },
  };
}
