import { advance, type AttackState, type Carried } from "../../attacks/mod.ts";
import { type Batch, type Images, pause, tf } from "../../tensor/mod.ts";
import { answeredStep } from "./answered_step.ts";
import type { FollowedIterated } from "./followed_attack.ts";
import type { Answers, SurrogateAnswers } from "./surrogate_answers.ts";

/** The path of an attack, as the surrogate sees it. */
export interface AttackPath {
  /** The attack's loss before the first step and after each, for each image. */
  readonly losses: readonly (readonly number[])[];
  /** Whether the image was misclassified there, likewise. */
  readonly fooled: readonly (readonly boolean[])[];
  /** The attacked images, the caller's to free. */
  readonly images: Images;
}

/** How an attack is followed. */
export interface FollowOptions {
  /** After how many steps at the latest; default: the attack's own number. */
  readonly steps?: number;
  /** When to stop: after the last step, or as soon as every image has been misclassified once. Then the last images are not
   * looked at. */
  readonly until: "the last step" | "all have been fooled";
  /** Stops between two steps. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs an attack and records its path. The surrogate is not asked again about images that a step has asked it about. */
export async function followAttack(
  attack: FollowedIterated,
  asked: SurrogateAnswers,
  batch: Batch,
  { steps = attack.steps, until, signal }: FollowOptions,
): Promise<AttackPath> {
  const given: Carried = { images: batch.images, labels: batch.labels }, seen: Answers[] = [];
  let state: AttackState = tf.tidy(() => attack.start(batch));
  const allFooled = () =>
    until === "all have been fooled" && seen.length > 0 &&
    seen[0]!.leads.every((_, i) => seen.some(({ leads }) => leads[i]! > 0));
  const take = async (index: number) => {
    const before = state.images.clone();
    let kept: tf.Tensor2D | undefined;
    try {
      state = advance(state, () => {
        const { next, answers } = answeredStep(attack, asked, state, { index, ids: batch.ids });
        if (answers) kept = tf.keep(answers);
        return next;
      }, given);
      seen.push(kept ? await asked.keep(before, kept) : await asked.to(before));
    } finally {
      before.dispose();
    }
  };
  try {
    for (let index = 0; index < steps && !allFooled(); index++) {
      await pause(signal);
      await take(index);
    }
    if (!allFooled()) seen.push(await asked.to(state.images));
    const perImage = <T>(of: (answers: Answers, image: number) => T): T[][] =>
      seen[0]!.leads.map((_, i) => seen.map((answers) => of(answers, i)));
    return {
      losses: perImage(({ losses }, i) => losses[i]!),
      fooled: perImage(({ leads }, i) => leads[i]! > 0),
      images: state.images.clone(),
    };
  } finally {
    const lent = new Set<tf.Tensor>([batch.images, batch.labels]);
    tf.dispose(Object.values(state).filter((tensor) => !lent.has(tensor)));
  }
}
