// deno-lint-ignore-file no-explicit-any -- gradient functions have no types of their own
/**
 * Gradients of the kernels that TensorFlow.js takes first gradients with and has no gradient of: those of convolutions by
 * their filters, depthwise convolutions, pools, resizing and ELU. They hold on every backend.
 *
 * Still without a second gradient: local response normalisation (`LRNGrad`), products of an axis (`Cumprod`), morphology
 * (`Dilation2DBackpropInput`, `Dilation2DBackpropFilter`), convolutions and pools of videos (`Conv3DBackpropInputV2`,
 * `Conv3DBackpropFilterV2`, `MaxPool3DGrad`, `AvgPool3DGrad`).
 */
import { asConstant, type SecondGradient } from "./_tape.ts";
import { tf } from "./tf.ts";

const run = (kernel: string, inputs: Record<string, tf.Tensor>, attributes: object = {}): tf.Tensor =>
  tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap) as tf.Tensor;

/** What a convolution is told, and its gradients are not. */
const FORWARD = { dataFormat: "NHWC", dilations: 1 };

/** By the filter: Σ x dy, linear in x and in dy. The gradient by the input is known as it is for plain convolutions. */
const byFilter = (kernel: string): SecondGradient => ({
  kernelName: `${kernel}BackpropFilter`,
  inputsToSave: ["x", "dy"],
  gradFunc: (filter: any, [x, dy]: any, attributes: any) => ({
    x: () => run(`${kernel}BackpropInput`, { dy, filter }, { ...attributes, inputShape: x.shape }),
    dy: () => run(kernel, { x, filter }, { ...FORWARD, ...attributes }),
  }),
});

const DEPTHWISE = "DepthwiseConv2dNative";

const depthwiseByInput: SecondGradient = {
  kernelName: `${DEPTHWISE}BackpropInput`,
  inputsToSave: ["dy", "filter"],
  gradFunc: (ddx: any, [dy, filter]: any, attributes: any) => ({
    dy: () => run(DEPTHWISE, { x: ddx, filter }, { ...FORWARD, ...attributes }),
    filter: () =>
      run(`${DEPTHWISE}BackpropFilter`, { x: ddx, dy }, { ...attributes, filterShape: filter.shape }),
  }),
};

/** Kernels that spread dy over an image and are linear in it: the gradient gathers what was spread. */
const spread = (
  kernelName: string,
  constants: string[],
  gathered: (ddx: any, constants: any, attributes: any) => tf.Tensor,
): SecondGradient => ({
  kernelName,
  constants,
  inputsToSave: constants,
  gradFunc: (ddx, saved, attributes) => ({ dy: () => gathered(ddx, saved, attributes) }),
});

/** What lies where each window is largest; of equals the first, as the gradient has it. */
function atLargest(
  values: tf.Tensor4D,
  [x, largest]: [tf.Tensor4D, tf.Tensor4D],
  attributes: any,
): tf.Tensor {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const { padInfo, ...g } = tf.backend_util.computePool2DInfo(
    x.shape,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const margins: [number, number][] = [[0, 0], [padInfo.top, padInfo.bottom], [padInfo.left, padInfo.right], [
    0,
    0,
  ]];
  const step: [number, number] = [g.strideHeight, g.strideWidth];
  const reach = [(g.outHeight - 1) * step[0] + 1, (g.outWidth - 1) * step[1] + 1] as const;
  /** From each window the number at one place. */
  const at = (row: number, column: number, padded: tf.Tensor4D) =>
    tf.avgPool(padded.slice<tf.Tensor4D>([0, row, column, 0], [-1, ...reach, -1]), 1, step, "valid");
  const from = values.pad<tf.Tensor4D>(margins),
    numbers = asConstant(() => x.pad<tf.Tensor4D>(margins, -Infinity));
  let found: tf.Tensor = tf.zerosLike(largest),
    open: tf.Tensor = asConstant(() => tf.onesLike(largest).cast("bool"));
  for (let row = 0; row < g.filterHeight; row++) {
    for (let column = 0; column < g.filterWidth; column++) {
      const hit = asConstant(() => at(row, column, numbers).equal(largest).logicalAnd(open));
      open = asConstant(() => open.logicalAnd(hit.logicalNot()));
      found = tf.where(hit, at(row, column, from), found);
    }
  }
  return found;
}

const elu: SecondGradient = {
  kernelName: "EluGrad",
  inputsToSave: ["dy", "y"],
  gradFunc: (ddx: any, [dy, y]: any) => ({
    dy: () => run("EluGrad", { dy: ddx, y }),
    y: () => tf.where(y.less(0), ddx.mul(dy), 0), // dy (y + 1) below 0
  }),
};

const gradients: readonly SecondGradient[] = [
  byFilter("Conv2D"),
  byFilter(DEPTHWISE),
  depthwiseByInput,
  elu,
  spread("MaxPoolGrad", ["input", "output"], atLargest),
  spread("AvgPoolGrad", ["input"], (ddx, _, attributes) => run("AvgPool", { x: ddx }, attributes)),
  ...["ResizeBilinear", "ResizeNearestNeighbor"].map((kernel) =>
    spread(`${kernel}Grad`, ["images"], (images, _, attributes) => run(kernel, { images }, attributes))
  ),
];
for (const gradient of gradients) tf.registerGradient(gradient);
