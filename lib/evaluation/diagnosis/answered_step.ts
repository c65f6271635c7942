import type { AttackState } from "../../attacks/mod.ts";
import { isFrozen, type tf } from "../../tensor/mod.ts";
import type { FollowedIterated } from "./followed_attack.ts";
import { recordingAnswers, type SurrogateAnswers } from "./surrogate_answers.ts";

/** Which step this is, from 0, and of which images. */
export interface AnsweredStepOptions {
  /** The step's number. */
  readonly index: number;
  /** See `Batch`. */
  readonly ids?: readonly number[] | undefined;
}

/** A step that was taken. */
export interface AnsweredStep {
  /** The next state. */
  readonly next: AttackState;
  /**
   * What the surrogate answered to the images before the step. Absent where it was asked about other images only, or where
   * nothing can be recorded: the surrogate is a graph, and each step is another function.
   */
  readonly answers?: tf.Tensor2D;
}

/** Takes a step of an attack, and records what the surrogate answers on the way. */
export function answeredStep(
  attack: FollowedIterated,
  asked: SurrogateAnswers,
  state: AttackState,
  { index, ids }: AnsweredStepOptions,
): AnsweredStep {
  const { surrogate } = asked;
  if (!isFrozen(surrogate)) return recordedStep(attack, asked, state, { index, ids });
  if (attack.sameStep === undefined) return { next: attack.step(surrogate, state, index, ids) };
  const { original, labels, ...moving } = state; // which no step changes
  const given = Object.keys(state), made = Object.keys(moving);
  const [answers, ...outputs] = asked.evaluated(
    `${attack.sameStep}, answers`,
    Object.values(state),
    (...tensors) => {
      const before = named(given, tensors) as typeof state;
      const { next, answers } = recordedStep(attack, asked, before, { index });
      return [answers!, ...made.map((name) => next[name]!)];
    },
  );
  return {
    next: { ...named(made, outputs), original, labels } as AttackState,
    answers: answers as tf.Tensor2D,
  };
}

function recordedStep(
  attack: FollowedIterated,
  { surrogate, loss }: SurrogateAnswers,
  state: AttackState,
  { index, ids }: AnsweredStepOptions,
): AnsweredStep {
  const { images, labels } = state;
  const { result: next, ...recorded } = recordingAnswers(
    { surrogate, images, labels, loss },
    (recorder) => attack.step(recorder, state, index, ids),
  );
  return { next, ...recorded };
}

function named(names: readonly string[], tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
}
