import { callable, checkSettings, either, type Settings, word } from "../kinds/mod.ts";
import { tf } from "../tensor/mod.ts";

/** What stands in for a function on the way back. */
export interface BpdaOptions<In extends tf.Tensor> {
  /**
   * `"identity"`: the gradient passes as if the stage returned its input; their shapes must agree.
   * `"skip"`: no gradient passes, as if the stage returned a constant; for one of two paths that are added up, such
   * as the residual of a generator.
   * A function: its gradient, at the stage's own input, is taken. Its values are not used.
   */
  readonly backward: "identity" | "skip" | ((input: In) => tf.Tensor);
}

const settings: Settings = { backward: either(word(["identity", "skip"]), callable()) };

/**
 * Backward pass differentiable approximation (Athalye et al. 2018): the values of `forward`, the gradient of another.
 *
 * Wrap the one stage that has no useful gradient, not the classifier around it: `defend(classifier, bpda(cleaner, …))`.
 * Stages may follow each other; each takes its gradient where its own input was.
 *
 * @param forward The stage as it is.
 * @param options What is differentiated instead.
 * @returns A function with forward's values.
 * @throws {RangeError} When called, where the substitute's shape is not forward's.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bpda } from "@gcln/kit/attacks";
 * import { gradientAt, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const step = bpda((x: tf.Tensor1D) => x.round(), { backward: (x) => x.square() });
 * const x = tf.tensor1d([0.25, 0.75]);
 * assertEquals([...await step(x).data()], [0, 1]);
 * assertEquals([...await gradientAt((x: tf.Tensor1D) => step(x).sum(), x).data()], [0.5, 1.5]);
 * ```
 */
export function bpda<In extends tf.Tensor, Out extends tf.Tensor = In>(
  forward: (input: In) => Out,
  options: BpdaOptions<In>,
): (input: In) => Out {
  checkSettings("bpda", settings, options, ["backward"]);
  const { backward } = options;
  return (x: In): Out => {
    // The substitute is on the tape and hands over to forward's values: TensorFlow.js can't take a gradient within one.
    const differentiated = typeof backward === "function" ? backward(x) : x;
    const stage = tf.customGrad(() => {
      const value = forward(x);
      if (backward !== "skip") {
        const whose = backward === "identity" ? "the input" : "the substitute's output";
        checkShape(value.shape, differentiated.shape, whose);
      }
      return {
        value: (value as tf.Tensor) === x ? value.clone() : value,
        gradFunc: (dy: tf.Tensor) => backward === "skip" ? tf.zeros(x.shape) : dy,
      };
    });
    return stage(differentiated) as Out;
  };
}

function checkShape(output: number[], other: number[], whose: string): void {
  if (tf.util.arraysEqual(output, other)) return;
  const hint = other.length === 4 && output.length === 2
    ? "; wrap the stage that has no gradient, not the classifier that follows it"
    : "";
  throw new RangeError(
    `Cannot pass a gradient back: the output is [${output}], ${whose} is [${other}]${hint}`,
  );
}
