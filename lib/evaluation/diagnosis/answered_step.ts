import type { AttackState } from "../../attacks/mod.ts";
import { isFrozen, type tf } from "../../tensor/mod.ts";
import { listening, type Observer } from "./surrogate_answers.ts";
import type { Stepwise } from "./followed_attack.ts";

/** Which step this is, from 0, and of which images. */
export interface ToldStepOptions {
  /** The step's number. */
  readonly index: number;
  /** See `Batch`. */
  readonly ids?: readonly number[] | undefined;
}

/** A step that was taken. */
export interface ToldStep {
  /** The next state. */
  readonly next: AttackState;
  /**
   * What the surrogate said of the images before the step. Absent where it was asked about others only, or could not be
   * listened to: it is a graph, and the step is another each time.
   */
  readonly said?: tf.Tensor2D;
}

/** A step of an attack, and what the surrogate said on the way, so that nobody has to ask again. */
export function toldStep(
  attack: Stepwise,
  observer: Observer,
  state: AttackState,
  { index, ids }: ToldStepOptions,
): ToldStep {
  const { surrogate } = observer;
  if (!isFrozen(surrogate)) return heardStep(attack, observer, state, { index, ids });
  if (attack.sameStep === undefined) return { next: attack.step(surrogate, state, index, ids) };
  const { original, labels, ...moving } = state; // which no step changes
  const given = Object.keys(state), made = Object.keys(moving);
  const [said, ...outputs] = observer.evaluated(
    `${attack.sameStep}, said`,
    Object.values(state),
    (...tensors) => {
      const before = named(given, tensors) as typeof state;
      const { next, said } = heardStep(attack, observer, before, { index });
      return [said!, ...made.map((name) => next[name]!)];
    },
  );
  return { next: { ...named(made, outputs), original, labels } as AttackState, said: said as tf.Tensor2D };
}

/** The same, which listens to what the surrogate is asked. */
function heardStep(
  attack: Stepwise,
  { surrogate, loss }: Observer,
  state: AttackState,
  { index, ids }: ToldStepOptions,
): ToldStep {
  const { images, labels } = state;
  const { given: next, ...heard } = listening(
    { surrogate, images, labels, loss },
    (listenedTo) => attack.step(listenedTo, state, index, ids),
  );
  return { next, ...heard };
}

function named(names: readonly string[], tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
}
