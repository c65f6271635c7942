import {
  advance,
  type AttackLoss,
  attackLoss,
  type AttackState,
  type Iterated,
  logitsOf,
} from "../attacks/mod.ts";
import {
  type Batch,
  type Classifier,
  evaluated,
  type Images,
  type Labels,
  type Logits,
  pause,
  tf,
} from "../tensor/mod.ts";

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
  /** What the attack raises. */
  readonly loss: AttackLoss;
  /** After how many steps at the latest; default: the attack's own number. */
  readonly steps?: number;
  /** Whether to go on when every image has been misclassified once. */
  readonly until: "the last step" | "all have been fooled";
}

/** How often is looked whether all have been fooled. */
const LOOK = 10;

/** The loss and the margin of each image, `[2, n]`. */
export function lossAndMargin(
  surrogate: Classifier,
  images: Images,
  labels: Labels,
  loss: AttackLoss,
): tf.Tensor2D {
  const both = (x: tf.Tensor, y: tf.Tensor): tf.Tensor[] => {
    const logits: Logits = logitsOf(surrogate, x as Images);
    return [
      tf.stack((["margin", loss] as const).map((name) => attackLoss(name, logits, y as Labels)).reverse()),
    ];
  };
  const [stacked] = typeof loss === "function" // has no name by which its graph could be found again
    ? tf.tidy(() => both(images, labels))
    : evaluated(surrogate, `value of ${loss}, margin`, [images, labels], (x, y) => both(x!, y!));
  return stacked as tf.Tensor2D;
}

/** Runs an attack and looks at it after each step. */
export async function followed(
  attack: Iterated,
  surrogate: Classifier,
  batch: Batch,
  { loss, steps = attack.steps, until }: FollowOptions,
): Promise<AttackPath> {
  const given = { images: batch.images, labels: batch.labels },
    seen: number[][] = [],
    margins: number[][] = [];
  let state: AttackState = tf.tidy(() => attack.start(batch));
  const look = async () => {
    const looked = lossAndMargin(surrogate, state.images, batch.labels, loss);
    try {
      const values = [...await looked.data()], count = values.length / 2;
      seen.push(values.slice(0, count));
      margins.push(values.slice(count));
    } finally {
      looked.dispose();
    }
  };
  try {
    await look();
    for (let index = 0; index < steps; index++) {
      if (index % LOOK === 0) {
        await pause();
        const done = margins[0]!.every((_, i) => margins.some((each) => each[i]! > 0));
        if (until === "all have been fooled" && done) break;
      }
      state = advance(state, (s) => attack.step(surrogate, s, index, batch.ids), given);
      await look();
    }
    const perImage = <T>(by: readonly (readonly number[])[], f: (value: number) => T): T[][] =>
      by[0]!.map((_, i) => by.map((each) => f(each[i]!)));
    return {
      losses: perImage(seen, (value) => value),
      fooled: perImage(margins, (value) => value > 0),
      images: state.images.clone(),
    };
  } finally {
    const lent = new Set<tf.Tensor>([batch.images, batch.labels]);
    tf.dispose(Object.values(state).filter((tensor) => !lent.has(tensor)));
  }
}
