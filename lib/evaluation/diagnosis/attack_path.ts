import { advance, type AttackState, type Carried } from "../../attacks/mod.ts";
import { type Batch, type Images, pause, tf } from "../../tensor/mod.ts";
import type { Observer, Said } from "./surrogate_answers.ts";
import type { Stepwise } from "./followed_attack.ts";
import { toldStep } from "./answered_step.ts";

/** What an attack went through, seen with the eyes of what it differentiates. */
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
  /** Whether to go on when every image has been misclassified once; if not, nobody looks at the last images. */
  readonly until: "the last step" | "all have been fooled";
}

/** After how many steps something else has its turn. */
const AT_ONCE = 10;

/** Runs an attack and looks at what it goes through; where a step has classified it, at that. */
export async function followed(
  attack: Stepwise,
  observer: Observer,
  batch: Batch,
  { steps = attack.steps, until }: FollowOptions,
): Promise<AttackPath> {
  const given: Carried = { images: batch.images, labels: batch.labels }, seen: Said[] = [];
  let state: AttackState = tf.tidy(() => attack.start(batch));
  const allFooled = () =>
    until === "all have been fooled" && seen.length > 0 &&
    seen[0]!.margins.every((_, i) => seen.some(({ margins }) => margins[i]! > 0));
  const take = async (index: number) => {
    const before = state.images.clone();
    let told: tf.Tensor2D | undefined;
    try {
      state = advance(state, () => {
        const { next, said } = toldStep(attack, observer, state, { index, ids: batch.ids });
        if (said) told = tf.keep(said);
        return next;
      }, given);
      seen.push(told ? await observer.remember(before, told) : await observer.at(before));
    } finally {
      before.dispose();
    }
  };
  try {
    for (let index = 0; index < steps && !allFooled(); index++) {
      if (index % AT_ONCE === 0) await pause();
      await take(index);
    }
    if (!allFooled()) seen.push(await observer.at(state.images));
    const perImage = <T>(of: (said: Said, image: number) => T): T[][] =>
      seen[0]!.margins.map((_, i) => seen.map((said) => of(said, i)));
    return {
      losses: perImage(({ losses }, i) => losses[i]!),
      fooled: perImage(({ margins }, i) => margins[i]! > 0),
      images: state.images.clone(),
    };
  } finally {
    const lent = new Set<tf.Tensor>([batch.images, batch.labels]);
    tf.dispose(Object.values(state).filter((tensor) => !lent.has(tensor)));
  }
}
