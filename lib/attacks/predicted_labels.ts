import { type Batch, type Classifier, evaluated, type Images, type Labels } from "../tensor/mod.ts";
import { classesRead, logitsOf } from "../judge/mod.ts";

/**
 * A batch whose labels are the surrogate's own predictions: any attack runs on given or on predicted labels.
 *
 * Attacks of one step that are given the true labels leak them (Kurakin et al. 2017, "label leaking"): the change tells
 * the label, and a network that was trained on such images reads it off, so that its accuracy on attacked images may rise
 * above that on clean ones. Predicted labels tell nothing the network doesn't know, and ask nothing the attacker doesn't.
 *
 * With true labels an image that is misclassified already is pushed further from its class; with predicted ones it may
 * be pushed back into it. Score against the true labels in any case.
 *
 * @param surrogate What predicts, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch The images; its labels are not looked at.
 * @returns The batch with new labels, `[n]`, int32; those are the caller's to free, the images are the batch's own.
 * @throws {RangeError} Where the surrogate does not return logits.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fgs, linf, withPredictedLabels } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // The class is the brighter pixel.
 * const classifier = (x: tf.Tensor4D) => x.reshape([1, 2]) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.25, 0.75], [1, 1, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const predicted = withPredictedLabels(classifier, batch);
 * assertEquals([...await predicted.labels.data()], [1]);
 * assertEquals([...await fgs(classifier, predicted, { ball: linf(0.125) }).data()], [0.375, 0.625]);
 * ```
 */
export function withPredictedLabels(
  surrogate: Classifier,
  batch: Pick<Batch, "images"> & Partial<Batch>,
): Batch {
  const [labels] = evaluated(surrogate, "prediction", [batch.images], (x) => [
    classesRead(logitsOf(surrogate, x as Images)).maximum(0).cast("int32"), // of NaN the first
  ]);
  return { ...batch, labels: labels as Labels };
}
