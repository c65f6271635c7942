import { type Iterated, lossGradient } from "../../attacks/mod.ts";
import { type Batch, type Images, type Labels, tf } from "../../tensor/mod.ts";
import { recordingAnswers, type SurrogateAnswers } from "./surrogate_answers.ts";

/** Whether an attacker by gradients can move each image. */
export interface AttackGradient {
  /** Image by image: a gradient that is exactly zero, or not finite, or can't be taken. */
  readonly missing: readonly boolean[];
  /** What was thrown, where no gradient can be taken at all. */
  readonly error?: string;
}

/** Looks at the gradient of an attack's loss where it starts. What the surrogate or the loss throws is thrown. */
export async function attackGradient(
  asked: SurrogateAnswers,
  batch: Batch,
  attack: Iterated,
): Promise<AttackGradient> {
  const images = tf.tidy(() => attack.start(batch).images.clone());
  try {
    const [made, error] = attempt(() => sizesAndAnswers(asked, images));
    if (made === undefined) {
      await asked.to(images);
      return { missing: Array<boolean>(images.shape[0]).fill(true), error };
    }
    const [sizes, answers] = made;
    try {
      await asked.keep(images, answers as tf.Tensor2D);
      return { missing: Array.from(await sizes!.data(), (size) => !(size > 0 && size < Infinity)) };
    } finally {
      sizes!.dispose();
    }
  } finally {
    images.dispose();
  }
}

/** Σ |∇ loss| of each image, `[n]`, and what the surrogate answers on the way. */
function sizesAndAnswers(asked: SurrogateAnswers, images: Images): tf.Tensor[] {
  const { surrogate, labels, loss } = asked;
  return asked.evaluated("size of the gradient, answers", [images, labels], (x, y) => {
    const about = { images: x as Images, labels: y as Labels, loss };
    const { result: gradient, answers } = recordingAnswers(
      { ...about, surrogate },
      (recorder) => lossGradient(recorder, about.images, about),
    );
    return [gradient.abs().sum([1, 2, 3]), answers!];
  });
}

function attempt(f: () => tf.Tensor[]): [tf.Tensor[]] | [undefined, string] {
  try {
    return [tf.tidy(f)];
  } catch (error) {
    // TensorFlow.js keeps what the backward pass would have needed.
    const { state } = tf.engine() as unknown as { state: { activeTape?: { saved?: tf.Tensor[] }[] | null } };
    for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
    return [undefined, error instanceof Error ? error.message : String(error)];
  }
}
