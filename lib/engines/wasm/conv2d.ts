/** Convolutions and their gradients in the place of the package's kernels. */
import { tf } from "../../tensor/tf.ts";
import { convolve, type Ending } from "./convolution.ts";
import type { Machine } from "./engine.ts";
import { filterGradient } from "./filter_gradient.ts";
import { CONVOLUTION } from "./fuse.ts";
import { type Attributes, geometry } from "./geometry.ts";
import { free, type Info } from "./heap.ts";
import { inputGradient } from "./input_gradient.ts";
import { replaceKernel, runKernel } from "./registry.ts";

/** A convolution, with what may follow it. */
function forward(
  machine: Machine,
  x: Info,
  filter: Info,
  attributes: Attributes,
  ending: Ending = {},
): Info {
  const { filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth, padInfo } = geometry(
    x.shape,
    filter.shape,
    attributes,
  );
  const count = (length: number) => Array.from({ length }, (_, i) => i);
  return convolve(machine, x, filter, {
    taps: { rows: count(filterHeight), columns: count(filterWidth), exchanged: false },
    strides: [strideHeight, strideWidth],
    top: padInfo.top,
    left: padInfo.left,
    outHeight,
    outWidth,
    ending,
  });
}

/** Whether the filter's taps lie apart: that is left to the package. */
function isDilated({ dilations }: Attributes): boolean {
  return [dilations ?? 1].flat().some((dilation) => dilation !== 1);
}

/** A bias as a number for each channel; undefined where it is something else. */
function perChannel(bias: Info, channels: number): Info | undefined {
  const size = tf.util.sizeFromShape(bias.shape as number[]);
  return size === channels && bias.shape.at(-1) === channels ? { ...bias, shape: [channels] } : undefined;
}

/** Registers both gradients, and the convolution itself, alone and with what follows it. */
export function registerConvolutions(machine: Machine): void {
  const stock = (name: string) => tf.getKernel(name, "wasm")!.kernelFunc as (given: unknown) => Info;
  const [dilated, fused] = [stock("Conv2D"), stock("FusedConv2D")];
  replaceKernel("Conv2D", (given) => {
    const { inputs: { x, filter }, attrs } = given;
    return isDilated(attrs) ? dilated(given) : forward(machine, x, filter, attrs);
  });
  replaceKernel("FusedConv2D", (given) => {
    const { inputs: { x, filter, bias }, attrs } = given, { activation } = attrs;
    if (isDilated(attrs) || activation !== "linear" && activation !== "relu") return fused(given);
    const relu = activation === "relu", vector = bias && perChannel(bias, filter.shape[3]);
    if (!bias || vector) return forward(machine, x, filter, attrs, { bias: vector, relu });
    // One number for all channels, or one for each number of the result.
    const { backend } = machine, a = forward(machine, x, filter, attrs);
    const sum = runKernel(backend, "Add", { a, b: bias }, {});
    free(backend, a);
    if (!relu) return sum;
    const result = runKernel(backend, "Relu", { x: sum }, {});
    free(backend, sum);
    return result;
  });
  replaceKernel(
    "Conv2DBackpropInput",
    ({ inputs: { dy, filter }, attrs }) => inputGradient(machine, dy, filter, attrs.inputShape, attrs),
  );
  replaceKernel(CONVOLUTION, ({ inputs: { x, filter, bias, add, mask }, attrs }) => {
    const ending = { bias, add, mask, relu: attrs.relu };
    return attrs.inputShape
      ? inputGradient(machine, x, filter, attrs.inputShape, attrs, ending)
      : forward(machine, x, filter, attrs, ending);
  });
  replaceKernel(
    "Conv2DBackpropFilter",
    ({ inputs: { x, dy }, attrs }) => filterGradient(machine, x, dy, attrs.filterShape, attrs),
  );
}
