// deno-lint-ignore-file no-explicit-any -- the backend has no types of its own
import { tf } from "../../tensor/tf.ts";
import { type Margins, mend, passing, type Run, surrounded, unsurrounded } from "./mend.ts";

/**
 * Mends the package's kernels of convolutions and of their gradients:
 *
 * - of no images at all there are as many maps as the filter makes, and not as many as there were;
 * - a padding by numbers, `1` or `[[0, 0], [1, 1], [1, 1], [0, 0]]`, is done first: the kernels have none of it;
 * - the gradient of a 1 × 1 filter with a stride is that of the pixels which the stride meets, with a stride of 1.
 *   oneDNN's own for strides writes past its memory where the channels are no multiple of its vectors.
 */
export function mendConvolutions(): void {
  mend("Conv2D", ({ x, filter }, attrs, kernel) => {
    if (x.size === 0) return tf.zeros(infoOf(x.shape, filter.shape, attrs).outShape);
    const padding = paddingOf(x.shape, filter.shape, attrs);
    return padding === undefined
      ? kernel({ x, filter }, attrs)
      : passing(surrounded(x, padding), (x) => kernel({ x, filter }, { ...attrs, pad: "valid" }));
  });
  mend(
    "DepthwiseConv2dNative",
    ({ x, filter }, attrs, kernel) =>
      x.size === 0
        ? tf.zeros(infoOf(x.shape, filter.shape, attrs, true).outShape)
        : kernel({ x, filter }, attrs),
  );
  mend("Conv2DBackpropInput", ({ dy, filter }, attrs, kernel) => {
    const { inputShape } = attrs, padding = paddingOf(inputShape, filter.shape, attrs, dy.shape);
    if (padding === undefined) return kernel({ dy, filter }, attrs);
    const padded = inputShape.map((size: number, axis: number) => size + tf.util.sum(padding[axis]!));
    const dx = kernel({ dy, filter }, { ...attrs, inputShape: padded, pad: "valid" });
    return passing(dx, (dx) => unsurrounded(dx, padding, inputShape));
  });
  mend("Conv2DBackpropFilter", ({ x, dy }, attrs, kernel) => {
    const { filterShape } = attrs, padding = paddingOf(x.shape, filterShape, attrs, dy.shape);
    if (padding !== undefined) {
      return passing(
        surrounded(x, padding),
        (x) => filterGradient(x, dy, { ...attrs, pad: "valid" }, kernel),
      );
    }
    return filterGradient(x, dy, attrs, kernel);
  });
}

function filterGradient(x: tf.Tensor, dy: tf.Tensor, attrs: any, kernel: Run): any {
  const { filterShape: [height, width], dataFormat } = attrs, strides = pair(attrs.strides);
  const isAffected = height === 1 && width === 1 && Math.max(...strides) > 1;
  if (!isAffected || (tf.backend() as any).isUsingGpuDevice) return kernel({ x, dy }, attrs);
  return passing(met(x, strides, dataFormat), (x) => kernel({ x, dy }, { ...attrs, strides: [1, 1] }));
}

/** The pixels that a stride meets: the means of one pixel each. */
function met(x: tf.Tensor, strides: Pair, dataFormat: string): tf.Tensor {
  const backend = tf.backend() as any,
    { TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  return backend.executeSingleOutput("AvgPool", [
    { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: "ksize", type: TF_ATTR_INT, value: [1, 1, 1, 1] },
    {
      name: "strides",
      type: TF_ATTR_INT,
      value: dataFormat === "NCHW" ? [1, 1, ...strides] : [1, ...strides, 1],
    },
    { name: "padding", type: TF_ATTR_STRING, value: "SAME" },
    { name: "data_format", type: TF_ATTR_STRING, value: dataFormat },
  ], [x]);
}

type Pair = readonly [number, number];

function pair(strides: number | Pair): Pair {
  return typeof strides === "number" ? [strides, strides] : strides;
}

/**
 * How a tensor must be padded for a convolution with a padding by numbers; `undefined` for one by a word.
 *
 * @param out The shape of what comes out, where it is there: gradients are not told how sizes are rounded.
 */
function paddingOf(shape: Shape, filter: Shape, attrs: any, out?: Shape): Margins | undefined {
  const { strides, pad, dataFormat } = attrs;
  if (typeof pad === "string") return undefined;
  const { padInfo, outShape, effectiveFilterHeight, effectiveFilterWidth } = infoOf(shape, filter, attrs);
  const first = dataFormat === "NCHW" ? 2 : 1, sizes = out ?? outShape, [down, right] = pair(strides);
  const along = (axis: number, before: number, seen: number, stride: number): [number, number] => [
    before,
    (sizes[axis]! - 1) * stride + seen - before - shape[axis]!,
  ];
  const padding: Margins = shape.map(() => [0, 0]);
  padding[first] = along(first, padInfo.top, effectiveFilterHeight, down);
  padding[first + 1] = along(first + 1, padInfo.left, effectiveFilterWidth, right);
  return padding;
}

/** What TensorFlow.js finds out about a convolution. */
function infoOf(shape: Shape, filter: Shape, attrs: any, isDepthwise = false) {
  const { strides, pad, dataFormat = "NHWC", dilations = 1, dimRoundingMode } = attrs;
  const format = tf.backend_util.convertConv2DDataFormat(dataFormat);
  return tf.backend_util.computeConv2DInfo(
    shape,
    filter,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    isDepthwise,
    format,
  );
}

type Shape = [number, number, number, number];
