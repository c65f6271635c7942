import { callable, checkSetting, object } from "../kinds/mod.ts";
import { releasing } from "./releasing.ts";
import { tf } from "./tf.ts";

/** Named tensors; the dots in the names make the tree (`layer1.0.conv1.weight`). */
export type Parameters = Readonly<Record<string, tf.Tensor>>;

/**
 * The gradient of a scalar function of one tensor, at `x`.
 *
 * It can be differentiated again, so a loss may be made of it: a gradient penalty, or the slope of a loss by the image.
 *
 * @param f Maps a tensor to a scalar.
 * @param x Where the gradient is taken.
 * @returns ∂f/∂x, of x's shape.
 * @throws {TypeError} Where TensorFlow.js has no gradient for something that `f` does.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gradientAt, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const slope = gradientAt((x: tf.Tensor1D) => x.square().sum(), tf.tensor1d([1, 2]));
 * assertEquals([...await slope.data()], [2, 4]);
 * ```
 *
 * @example A gradient penalty (Gulrajani et al. 2017) of a critic, and its gradient by the critic's weights
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { gradientAt, tf, useBackend, valueAndGradients } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const points = tf.tensor2d([[1, 2], [3, -1]]);
 * const penalty = valueAndGradients(({ w }) => {
 *   const critic = (x: tf.Tensor2D) => x.matMul(w as tf.Tensor2D).leakyRelu(0.2).sum() as tf.Scalar;
 *   const length = gradientAt(critic, points).square().sum(1).add(1e-12).sqrt(); // of each point's slope
 *   return { loss: length.sub(1).square().mean() as tf.Scalar, aux: {} };
 * }, { w: tf.tensor2d([[3], [4]]) });
 * assertAlmostEquals((await penalty.value.data())[0]!, 16, 1e-4); // |w| is 5
 * assertAlmostEquals((await penalty.gradients.w!.data())[0]!, 4.8, 1e-4); // 2 (|w| − 1) w / |w|
 * ```
 */
export function gradientAt<T extends tf.Tensor>(f: (x: T) => tf.Scalar, x: T): T {
  checkSetting("f", callable(), f);
  return releasing(() => tf.tidy(() => tf.grad(f as (x: tf.Tensor) => tf.Tensor)(x) as T));
}

/** A loss, its gradients by parameter name, and whatever else the loss function made on the way. */
export interface ValueAndGradients<Aux extends Parameters> {
  /** The loss. */
  readonly value: tf.Scalar;
  /** ∂loss/∂parameter, under the parameters' names. */
  readonly gradients: Parameters;
  /** What the loss function passed out. */
  readonly aux: Aux;
}

/**
 * A loss and its gradients with respect to named parameters, with tensors made on the way (batch statistics,
 * logits) passed out as `aux`.
 *
 * @param f Maps parameters to a scalar loss and to tensors that shall survive.
 * @param parameters What the gradients are taken of.
 * @returns The loss, its gradients by name, and `aux`: all the caller's to free.
 * @throws {TypeError} Where TensorFlow.js has no gradient for something that `f` does.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tf, useBackend, valueAndGradients } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { value, gradients } = valueAndGradients(
 *   ({ a, b }) => ({ loss: a!.mul(b!).sum(), aux: {} }),
 *   { a: tf.tensor1d([2, 3]), b: tf.tensor1d([5, 7]) },
 * );
 * assertEquals((await value.data())[0], 31);
 * assertEquals([...await gradients.a!.data()], [5, 7]);
 * ```
 */
export function valueAndGradients<Aux extends Parameters>(
  f: (parameters: Parameters) => { loss: tf.Scalar; aux: Aux },
  parameters: Parameters,
): ValueAndGradients<Aux> {
  checkSetting("f", callable(), f);
  checkSetting("parameters", object("an object of tensors by name"), parameters);
  const names = Object.keys(parameters);
  let kept: Parameters = {};
  const withAux = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
    const { loss, aux } = f(Object.fromEntries(tensors.map((tensor, i) => [names[i]!, tensor])));
    kept = Object.fromEntries(Object.entries(aux).map(([name, tensor]) => [name, tf.keep(tensor.clone())]));
    return loss;
  });
  let found: ReturnType<typeof withAux>;
  try {
    found = releasing(() => tf.tidy(() => withAux(Object.values(parameters))));
  } catch (error) {
    tf.dispose(Object.values(kept));
    throw error;
  }
  const { value, grads } = found;
  // A clone belongs to the caller's scope again, where a kept tensor belongs to none.
  const aux = Object.fromEntries(Object.entries(kept).map(([name, tensor]) => [name, tensor.clone()])) as Aux;
  tf.dispose(Object.values(kept));
  return {
    value: value as tf.Scalar,
    gradients: Object.fromEntries(grads.map((g, i) => [names[i]!, g])),
    aux,
  };
}
