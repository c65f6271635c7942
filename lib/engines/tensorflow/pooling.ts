// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { tf } from "../../tensor/tf.ts";
import { type Margins, mend, passing, surrounded, unsurrounded } from "./mend.ts";

/**
 * Mends the package's pools, which know no padding by numbers (PyTorch's `padding=1`): it is done first. What is padded is
 * never the largest, and is not counted in an average.
 */
export function mendPools(): void {
  mend("MaxPool", ({ x }, attrs, kernel) => {
    const padding = paddingOf(x, attrs);
    if (padding === undefined) return kernel({ x }, attrs);
    return passing(surrounded(x, padding, -Infinity), (x) => kernel({ x }, valid(attrs)));
  });
  mend("MaxPoolGrad", ({ dy, input, output }, attrs, kernel) => {
    const padding = paddingOf(input, attrs);
    if (padding === undefined) return kernel({ dy, input, output }, attrs);
    const dx = passing(
      surrounded(input, padding, -Infinity),
      (input) => kernel({ dy, input, output }, valid(attrs)),
    );
    return passing(dx, (dx) => unsurrounded(dx, padding, input.shape));
  });
  mend("AvgPool", ({ x }, attrs, kernel) => {
    const padding = paddingOf(x, attrs);
    if (padding === undefined) return kernel({ x }, attrs);
    return tf.tidy(() =>
      kernel({ x: surrounded(x, padding) }, valid(attrs)).div(filled(x, padding, attrs, kernel))
    );
  });
  mend("AvgPoolGrad", ({ dy, input }, attrs, kernel) => {
    const padding = paddingOf(input, attrs);
    if (padding === undefined) return kernel({ dy, input }, attrs);
    return tf.tidy(() => {
      const pool = (inputs: any, attrs: any) => tf.engine().runKernel("AvgPool", inputs, attrs) as tf.Tensor;
      const padded = surrounded(input, padding), each = dy.div(filled(input, padding, attrs, pool));
      return unsurrounded(kernel({ dy: each, input: padded }, valid(attrs)), padding, input.shape);
    });
  });
}

const valid = (attrs: any) => ({ ...attrs, pad: "valid" });

/** Which share of each window lies on the image. */
function filled(x: tf.Tensor, padding: Margins, attrs: any, pool: (inputs: any, attrs: any) => any) {
  return pool({ x: surrounded(tf.ones([1, ...x.shape.slice(1)]), padding) }, valid(attrs));
}

/** The margins of the images, up to the last pixel that a window sees; `undefined` for a padding by a word. */
function paddingOf(x: tf.Tensor, attrs: any): Margins | undefined {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  if (typeof pad === "string") return undefined;
  const { padInfo, ...g } = tf.backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const after = (out: number, stride: number, side: number, before: number, size: number) =>
    (out - 1) * stride + side - before - size;
  return [
    [0, 0],
    [padInfo.top, after(g.outHeight, g.strideHeight, g.filterHeight, padInfo.top, g.inHeight)],
    [padInfo.left, after(g.outWidth, g.strideWidth, g.filterWidth, padInfo.left, g.inWidth)],
    [0, 0],
  ];
}
