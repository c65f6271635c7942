// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
/**
 * Gradients of pooling for the wasm backend, whose own are slow, and wrong for the average at a padded border: there a
 * window holds fewer positions.
 */
import { tf } from "../../tensor/tf.ts";
import { floats, type Info, type WasmBackend } from "./heap.ts";
import { replaceKernel } from "./registry.ts";

type Shape = [number, number, number, number];

/**
 * Calls `visit` for each window with where its channels begin in the output, and where those of its positions
 * begin in the input (the first `count` of `positions`).
 */
function windows(
  shape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: any,
  visit: (output: number, positions: Int32Array, count: number) => void,
): void {
  const g = tf.backend_util.computePool2DInfo(shape as Shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize, inHeight, inWidth, inChannels, filterHeight, filterWidth, padInfo: { top, left } } = g;
  const positions = new Int32Array(filterHeight * filterWidth);
  let output = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let row = 0; row < g.outHeight; row++) {
      const y = row * g.strideHeight - top;
      const yFrom = Math.max(0, y), yTo = Math.min(inHeight, y + filterHeight);
      for (let column = 0; column < g.outWidth; column++, output += inChannels) {
        const x = column * g.strideWidth - left;
        const xFrom = Math.max(0, x), xTo = Math.min(inWidth, x + filterWidth);
        let count = 0;
        for (let i = yFrom; i < yTo; i++) {
          for (let j = xFrom; j < xTo; j++) {
            positions[count++] = ((n * inHeight + i) * inWidth + j) * inChannels;
          }
        }
        visit(output, positions, count);
      }
    }
  }
}

/** The gradient goes to the first of the largest: to none where there is no number above −∞. */
function maxPoolGradient(backend: WasmBackend, dy: Info, x: Info, attributes: unknown): Info {
  const result = backend.makeOutput(x.shape, "float32"), channels = x.shape[3]!;
  const from = floats(backend, dy), values = floats(backend, x), to = floats(backend, result).fill(0);
  windows(x.shape, attributes, (output, positions, count) => {
    for (let c = 0; c < channels; c++) {
      let best = -1, most = -Infinity;
      for (let i = 0; i < count; i++) {
        const at = positions[i]! + c;
        if (values[at]! > most) most = values[best = at]!;
      }
      if (best >= 0) to[best]! += from[output + c]!;
    }
  });
  return result;
}

/** The gradient goes to all in equal parts. */
function averagePoolGradient(backend: WasmBackend, dy: Info, x: Info, attributes: unknown): Info {
  const result = backend.makeOutput(x.shape, "float32"), channels = x.shape[3]!;
  const from = floats(backend, dy), to = floats(backend, result).fill(0);
  windows(x.shape, attributes, (output, positions, count) => {
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < channels; c++) to[positions[i]! + c]! += from[output + c]! / count;
    }
  });
  return result;
}

/** Registers both gradients. */
export function registerPooling(): void {
  replaceKernel(
    "MaxPoolGrad",
    ({ inputs: { dy, input }, backend, attrs }) => maxPoolGradient(backend, dy, input, attrs),
  );
  replaceKernel(
    "AvgPoolGrad",
    ({ inputs: { dy, input }, backend, attrs }) => averagePoolGradient(backend, dy, input, attrs),
  );
}
