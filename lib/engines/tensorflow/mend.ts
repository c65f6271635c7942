// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { tf } from "../../tensor/tf.ts";

const BACKEND = "tensorflow";

/** Runs a kernel on inputs, with attributes. */
export type Run = (inputs: any, attrs: any) => any;

/** Puts a kernel in the place of the package's, which it may run. */
export function mend(kernelName: string, by: (inputs: any, attrs: any, kernel: Run) => any): void {
  const { kernelFunc } = tf.getKernel(kernelName, BACKEND)!;
  tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs, backend }: any) =>
      by(inputs, attrs, (inputs, attrs) => kernelFunc({ inputs, attrs, backend })),
  });
}

/** What is made of a tensor that nobody else needs. */
export function passing(tensor: tf.Tensor, make: (tensor: tf.Tensor) => any): any {
  const made = make(tensor);
  tensor.dispose();
  return made;
}

/** For each axis how much is put before and after; what is negative after is cut off. */
export type Margins = [number, number][];

/** A tensor with margins, which are filled with a value. */
export function surrounded(x: tf.Tensor, margins: Margins, value = 0): tf.Tensor {
  if (margins.flat().every((size) => size === 0)) return tf.clone(x);
  const padding = margins.map(([before, after]): [number, number] => [before, Math.max(0, after)]);
  const sizes = x.shape.map((size, axis) => size + margins[axis]![0] + margins[axis]![1]);
  return passing(tf.pad(x, padding, value), (padded) => tf.slice(padded, x.shape.map(() => 0), sizes));
}

/** The gradient of {@linkcode surrounded} by a tensor of this shape. */
export function unsurrounded(dy: tf.Tensor, margins: Margins, shape: readonly number[]): tf.Tensor {
  const rest = margins.map(([, after]): [number, number] => [0, Math.max(0, -after)]);
  return passing(tf.pad(dy, rest), (dx) => tf.slice(dx, margins.map(([before]) => before), [...shape]));
}
