import { type AttackState, iterateAll, type Iterated, iteratedBy } from "../attacks/mod.ts";
import { divergence } from "../losses/mod.ts";
import {
  type Batch,
  compile,
  type Compiled,
  type CompileOptions,
  fold,
  type Images,
  type Labels,
  type Logits,
  type Parameters,
  tf,
} from "../tensor/mod.ts";
import type { Adversary, AdversaryAttack } from "./adversary.ts";
import { drawEpsilons, stepsWithin } from "./drawn_epsilon.ts";
import { byNames, group, ungroup } from "./trees.ts";

/** A classifier as a function of images and of its parameters. */
export type Forward = (parameters: Parameters, images: Images) => Logits;

/** Fields of {@link movingTarget}: those of an {@linkcode Adversary} that say how a batch is attacked, and of `compile`. */
export interface MovingTargetOptions
  extends CompileOptions, Pick<Adversary, "epsilon" | "towards" | "divergence"> {
  /** An attack of the caller's own, in the place of `attack`. Default: none. */
  readonly own?: (options: { readonly seed: number }) => Iterated;
}

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
  /** Frees the graphs. */
  dispose(): void;
}

/**
 * Compiles an attack's step once, with the parameters as inputs, for batches of one shape. A drawn ε, targets and the clean
 * images' answers are inputs too, so there is one graph for all of them.
 *
 * @param attack The attack.
 * @param forward The classifier.
 * @param options What is different from batch to batch, and what convolutions are computed in.
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
  attack: AdversaryAttack,
  forward: Forward,
  { epsilon, towards, divergence: beta, own, ...options }: MovingTargetOptions = {},
): MovingTarget {
  let run: Compiled | undefined, names: readonly string[] = [], moved: readonly string[] = [];
  let look: Compiled | undefined;

  function step(state: AttackState, parameters: Parameters): AttackState {
    const inputs = group({ state, parameters });
    if (run === undefined) {
      names = Object.keys(inputs);
      run = compile(
        (...tensors) => {
          const { state, parameters } = ungroup(byNames(names, tensors)),
            before = state as typeof state & AttackState;
          const spec = beta === undefined ? attack : climbing(attack, before.answers as Logits);
          const { step } = own ? own({ seed: 0 }) : iteratedBy(spec, { seed: 0 }); // a step draws nothing
          const after = step((images) => forward(parameters, images), before, 0);
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

  /** What the network says of images now. */
  function answersTo(images: Images, parameters: Parameters): Logits {
    const names = Object.keys(parameters), inputs = [images, ...Object.values(parameters)];
    look ??= compile(
      (images, ...tensors) => [forward(byNames(names, tensors), images as Images)],
      inputs,
      options,
    );
    return look(...inputs)[0] as Logits;
  }

  return {
    attack: (batch, parameters, seed) =>
      tf.tidy(() => {
        const asksFirst = towards !== undefined || beta !== undefined;
        const answers = asksFirst ? answersTo(batch.images, parameters(0)) : undefined;
        const targets = towards ? answers!.argMin<Labels>(1) : undefined;
        const drawn = epsilon
          ? withEpsilons(attack, epsilon, batch.images.shape[0], fold(seed, "epsilon"))
          : attack;
        const aimed = targets ? withSettings(drawn, { targets }) : drawn;
        const { start, steps } = own ? own({ seed }) : iteratedBy(aimed, { seed });
        const first: AttackState = beta === undefined ? start(batch) : { ...start(batch), answers: answers! };
        const { images } = iterateAll(first, steps, (state, index) => step(state, parameters(index)));
        return images.clone();
      }),
    dispose() {
      run?.dispose();
      look?.dispose();
    },
  };
}

/** An attack with settings that can't be data: tensors and functions. */
function withSettings(attack: AdversaryAttack, settings: object): AdversaryAttack {
  return { ...attack, ...settings };
}

/** The attack with the divergence of what it finds from given answers as its loss. */
function climbing(attack: AdversaryAttack, answers: Logits): AdversaryAttack {
  return withSettings(attack, { loss: (logits: Logits) => divergence(answers, logits) });
}

/** The attack with an ε for each image, and as many steps as the batch's ε asks for. */
function withEpsilons(
  attack: AdversaryAttack,
  drawn: NonNullable<Adversary["epsilon"]>,
  count: number,
  seed: number,
): AdversaryAttack {
  const { ball: { norm, epsilon: most }, steps, stepSize } = attack as AdversaryAttack & {
    readonly steps?: number;
    readonly stepSize?: number;
  };
  const epsilons = drawEpsilons(drawn, most as number, count, seed);
  const asked = steps === undefined || stepSize === undefined || drawn.for === "image"
    ? {}
    : { steps: Math.min(steps, stepsWithin(epsilons[0]!, stepSize)) };
  return withSettings(attack, { ball: { norm, epsilon: epsilons }, ...asked });
}
