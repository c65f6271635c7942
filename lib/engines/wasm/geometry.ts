import { tf } from "../../tensor/tf.ts";

/** What the kernels of convolutions are called with. */
export interface Attributes {
  readonly dilations?: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

type Shape = [number, number, number, number];

/** Sizes, strides and paddings as numbers. */
export function geometry(
  input: readonly number[],
  filter: readonly number[],
  attributes: Attributes,
): tf.backend_util.Conv2DInfo {
  const { strides, pad, dataFormat, dimRoundingMode } = attributes;
  if (dataFormat !== "NHWC") throw new RangeError(`Cannot convolve ${dataFormat} on wasm: NHWC only`);
  return tf.backend_util.computeConv2DInfo(input as Shape, filter as Shape, strides, 1, pad, dimRoundingMode);
}
