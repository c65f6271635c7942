import { type Iterated, lossGradient } from "../../attacks/mod.ts";
import { type Batch, type Images, type Labels, tf } from "../../tensor/mod.ts";
import { listening, type Observer } from "./surrogate_answers.ts";

/** Whether an attacker by gradients can move each image. */
export interface AttackGradient {
  /** Image by image: a gradient that is exactly zero, or not finite, or can't be taken. */
  readonly missing: readonly boolean[];
  /** What was thrown, where no gradient can be taken at all. */
  readonly error?: string;
}

/** Looks at the gradient of an attack's loss where it starts. What the surrogate or the loss throws is thrown. */
export async function attackGradient(
  observer: Observer,
  batch: Batch,
  attack: Iterated,
): Promise<AttackGradient> {
  const images = tf.tidy(() => attack.start(batch).images.clone());
  try {
    const [made, error] = attempt(() => sizesAndSaid(observer, images));
    if (made === undefined) {
      await observer.at(images);
      return { missing: Array<boolean>(images.shape[0]).fill(true), error };
    }
    const [sizes, said] = made;
    try {
      await observer.remember(images, said as tf.Tensor2D);
      return { missing: Array.from(await sizes!.data(), (size) => !(size > 0 && size < Infinity)) };
    } finally {
      sizes!.dispose();
    }
  } finally {
    images.dispose();
  }
}

/** Σ |∇ loss| of each image, `[n]`, and what the surrogate says of it on the way. */
function sizesAndSaid(observer: Observer, images: Images): tf.Tensor[] {
  const { surrogate, labels, loss } = observer;
  return observer.evaluated("size of the gradient, said", [images, labels], (x, y) => {
    const about = { images: x as Images, labels: y as Labels, loss };
    const { given: gradient, said } = listening(
      { ...about, surrogate },
      (listenedTo) => lossGradient(listenedTo, about.images, about),
    );
    return [gradient.abs().sum([1, 2, 3]), said!];
  });
}

function attempt(f: () => tf.Tensor[]): [tf.Tensor[]] | [undefined, string] {
  try {
    return [tf.tidy(f)];
  } catch (error) {
    // TensorFlow.js keeps what the way back would have needed.
    const { state } = tf.engine() as unknown as { state: { activeTape?: { saved?: tf.Tensor[] }[] | null } };
    for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
    return [undefined, error instanceof Error ? error.message : String(error)];
  }
}
