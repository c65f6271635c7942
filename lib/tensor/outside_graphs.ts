import { isRecording } from "./compile.ts";

/** Thrown while a function is made a graph that can't be one; {@linkcode outsideGraphs} throws it. */
export class NoGraphError extends TypeError {
  /** The name of the error. */
  override readonly name = "NoGraphError";
}

/**
 * Says that what follows can't be part of a graph, since it reads numbers back and goes on by them. A frozen classifier that
 * does so is run as it is; to `compile` it is an error.
 *
 * @param what What it is, for the error's message.
 * @throws {NoGraphError} While `compile` records.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluated, frozen, type Images, type Logits, outsideGraphs, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 0 if the first pixel is bright, told by JavaScript.
 * const classifier = frozen((images: Images): Logits => {
 *   outsideGraphs("the first pixel");
 *   const bright = images.dataSync()[0]! > 0.5;
 *   return tf.tensor2d(bright ? [1, 0] : [0, 1], [1, 2]);
 * });
 * const logits = (x: tf.Tensor) => evaluated(classifier, "logits", [x], (x) => [classifier(x as Images)])[0]!;
 * assertEquals([...await logits(tf.ones([1, 2, 2, 1])).data()], [1, 0]);
 * assertEquals([...await logits(tf.zeros([1, 2, 2, 1])).data()], [0, 1]);
 * ```
 */
export function outsideGraphs(what: string): void {
  if (isRecording()) {
    throw new NoGraphError(`Cannot compile ${what}: it reads numbers back, and goes on by them`);
  }
}
