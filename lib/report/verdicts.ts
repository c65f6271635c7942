import { type Labels, type Logits, tf } from "../tensor/mod.ts";

/** The prediction of a classifier for an image. It is drawn with a tick or a cross, not by colour alone. */
export interface Verdict {
  /** The predicted class. */
  readonly text: string;
  /** Whether it is the true class. */
  readonly correct: boolean;
}

/**
 * Captions for {@linkcode gallery}: the predicted class, with a tick if it is the label, else a cross.
 *
 * @param logits `[n, classes]`.
 * @param labels `[n]`, the true classes.
 * @param classes The names of the classes.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { verdicts } from "@gcln/kit/report";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const logits = tf.tensor2d([[0, 3]]), labels = tf.tensor1d([1], "int32");
 * assertEquals(await verdicts(logits, labels, ["cat", "dog"]), [{ text: "dog", correct: true }]);
 * ```
 */
export async function verdicts(
  logits: Logits,
  labels: Labels,
  classes: readonly string[],
): Promise<Verdict[]> {
  const predictions = tf.tidy(() => logits.argMax(1));
  const [predicted, truth] = await Promise.all([predictions.data(), labels.data()]);
  predictions.dispose();
  return Array.from(predicted, (c, i) => ({ text: classes[c] ?? `class ${c}`, correct: c === truth[i] }));
}
