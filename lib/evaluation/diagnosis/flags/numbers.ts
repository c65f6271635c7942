import { type Logits, tf } from "../../../tensor/mod.ts";

/** Some numbers that are worked out on the engine, read back together. */
export async function numbersOf(f: () => tf.Tensor[]): Promise<number[]> {
  const stacked = tf.tidy(() => tf.stack(f().map((value) => value.cast("float32"))));
  try {
    return [...await stacked.data()];
  } finally {
    stacked.dispose();
  }
}

/** The logits scaled to length 1, 0 where one is not finite. */
function scaled(logits: tf.Tensor): tf.Tensor {
  const finite = tf.where(isFinite(logits), logits, 0);
  return finite.div(finite.norm(2, 1, true).add(1e-10));
}

/** Where logits are neither NaN nor infinite, of the same shape, bool. */
export function isFinite(logits: tf.Tensor): tf.Tensor {
  return logits.sub(logits).equal(0); // infinity less infinity is NaN
}

/** How far the scaled logits of an image are apart at most, scalar; at least 1 where they are not finite in other places. */
export function apart(a: Logits | tf.Tensor, b: Logits | tf.Tensor): tf.Tensor {
  const elsewhere = isFinite(a).notEqual(isFinite(b)).any().cast("float32");
  return scaled(a).sub(scaled(b)).norm(2, 1).max().maximum(elsewhere);
}
