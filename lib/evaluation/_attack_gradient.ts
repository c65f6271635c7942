import { type AttackLoss, type Iterated, lossGradient } from "../attacks/mod.ts";
import { type Batch, type Classifier, tf } from "../tensor/mod.ts";
import { lossAndMargin } from "./_attack_path.ts";

/** Whether an attacker by gradients can move each image. */
export interface AttackGradient {
  /** Image by image: a gradient that is exactly zero, or not finite, or can't be taken. */
  readonly missing: readonly boolean[];
  /** What was thrown, where no gradient can be taken at all. */
  readonly error?: string;
}

/** Looks at the gradient of an attack's loss where it starts. What the surrogate or the loss throws is thrown. */
export async function attackGradient(
  surrogate: Classifier,
  batch: Batch,
  { attack, loss }: { readonly attack: Iterated; readonly loss: AttackLoss },
): Promise<AttackGradient> {
  const { labels } = batch, images = tf.tidy(() => attack.start(batch).images.clone());
  try {
    lossAndMargin(surrogate, images, labels, loss).dispose();
    const [largest, error] = attempt(() =>
      lossGradient(surrogate, images, { labels, loss }).abs().sum([1, 2, 3])
    );
    if (largest === undefined) return { missing: Array<boolean>(images.shape[0]).fill(true), error };
    const sizes = await largest.data();
    largest.dispose();
    return { missing: Array.from(sizes, (size) => !(size > 0 && size < Infinity)) };
  } finally {
    images.dispose();
  }
}

function attempt(f: () => tf.Tensor): [tf.Tensor] | [undefined, string] {
  try {
    return [tf.tidy(f)];
  } catch (error) {
    // TensorFlow.js keeps what the way back would have needed.
    const { state } = tf.engine() as unknown as { state: { activeTape?: { saved?: tf.Tensor[] }[] | null } };
    for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
    return [undefined, error instanceof Error ? error.message : String(error)];
  }
}
