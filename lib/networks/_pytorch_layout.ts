import type { tf } from "../tensor/mod.ts";

// In PyTorch a kernel is [out, in, h, w], a transposed one [in, out, h, w], a dense weight [out, in]; here they are
// [h, w, in, out], [h, w, out, in] and [in, out]. So the rank alone says how the axes go.
const fromPyTorch: Readonly<Record<number, readonly number[]>> = { 2: [1, 0], 4: [2, 3, 1, 0] };
const toPyTorch: Readonly<Record<number, readonly number[]>> = { 2: [1, 0], 4: [3, 2, 0, 1] };

/** The shape that a parameter has in a file. */
export function shapeInFile(shape: readonly number[]): number[] {
  return toPyTorch[shape.length]?.map((axis) => shape[axis]!) ?? [...shape];
}

/** A tensor in PyTorch's layout, brought into that of TensorFlow.js: a new tensor. */
export function laidOut(tensor: tf.Tensor): tf.Tensor {
  const axes = fromPyTorch[tensor.rank];
  return axes === undefined ? tensor.clone() : tensor.transpose([...axes]);
}

/** A tensor in the layout of TensorFlow.js, brought into PyTorch's: a new tensor. */
export function laidOutForPyTorch(tensor: tf.Tensor): tf.Tensor {
  const axes = toPyTorch[tensor.rank];
  return axes === undefined ? tensor.clone() : tensor.transpose([...axes]);
}
