import { type AttackState, iterateAll, iteratedBy } from "../attacks/mod.ts";
import {
  type Batch,
  compile,
  type Compiled,
  type CompileOptions,
  type Images,
  type Logits,
  type Parameters,
  tf,
} from "../tensor/mod.ts";
import type { AdversaryAttack } from "./adversary.ts";
import { byNames, group, ungroup } from "./trees.ts";

/** A classifier as a function of images and of its parameters. */
export type Forward = (parameters: Parameters, images: Images) => Logits;

/** An attack on a classifier whose parameters change from call to call. */
export interface MovingTarget {
  /**
   * Attacks a batch.
   *
   * @param batch The images and their labels.
   * @param parameters Returns the classifier's current parameters; called inside the `tidy` of a step.
   * @param seed The seed of the random start.
   * @returns The attacked images; the caller frees them.
   */
  attack(batch: Batch, parameters: (step: number) => Parameters, seed: number): Images;
  /** Frees the graph. */
  dispose(): void;
}

/**
 * Compiles an attack's step once, with the parameters as inputs, for batches of one shape.
 *
 * @param spec The attack.
 * @param forward The classifier.
 * @param options What convolutions are computed in.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
 * import { movingTarget } from "@gcln/kit/training";
 *
 * await useBackend();
 * const target = movingTarget(
 *   { attack: "fgs", ball: linf(0.25) },
 *   ({ w }, images) => images.reshape([1, 2]).mul(w!) as Logits,
 * );
 * const batch = { images: tf.fill([1, 1, 2, 1], 0.5) as Images, labels: tf.tensor1d([0], "int32") };
 * const attacked = target.attack(batch, () => ({ w: tf.tensor1d([1, -1]) }), 1);
 * assertEquals([...await attacked.data()], [0.25, 0.25]);
 * target.dispose();
 * ```
 */
export function movingTarget(
  spec: AdversaryAttack,
  forward: Forward,
  options: CompileOptions = {},
): MovingTarget {
  let run: Compiled | undefined, names: readonly string[] = [], moved: readonly string[] = [];

  function step(state: AttackState, parameters: Parameters): AttackState {
    const inputs = group({ state, parameters });
    if (run === undefined) {
      names = Object.keys(inputs);
      const attack = iteratedBy(spec, { seed: 0 }); // a step draws nothing
      run = compile(
        (...tensors) => {
          const { state, parameters } = ungroup(byNames(names, tensors)),
            before = state as typeof state & AttackState;
          const after = attack.step((images) => forward(parameters, images), before, 0);
          moved = Object.keys(after).filter((name) => after[name] !== before[name]);
          return moved.map((name) => after[name]!);
        },
        Object.values(inputs),
        options,
      );
    }
    const outputs = run(...names.map((name) => inputs[name]!)); // known after the first call only
    return { ...state, ...byNames(moved, outputs) };
  }

  return {
    attack: (batch, parameters, seed) =>
      tf.tidy(() => {
        const { start, steps } = iteratedBy(spec, { seed });
        const { images } = iterateAll(start(batch), steps, (state, index) => step(state, parameters(index)));
        return images.clone();
      }),
    dispose: () => run?.dispose(),
  };
}
