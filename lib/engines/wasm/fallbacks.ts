// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { tf } from "../../tensor/tf.ts";
import { mapped } from "./graph.ts";
import { floats, type Info, type WasmBackend } from "./heap.ts";
import { isReplaced, replaceKernel } from "./registry.ts";

/** What is used of the backend in plain JavaScript. */
interface CpuBackend {
  firstUse: boolean;
  makeTensorInfo(shape: readonly number[], dtype: tf.DataType, values: tf.TypedArray): Info;
  readSync(dataId: Info["dataId"]): tf.TypedArray;
  disposeIntermediateTensorInfo(info: Info): void;
}

type Kernel = (given: any) => any;

/** A kernel of the plain JavaScript backend, by a copy to there and back. */
function byCopies(kernelFunc: Kernel): Kernel {
  const cpu = tf.engine().findBackend("cpu") as unknown as CpuBackend;
  cpu.firstUse = false; // else it prints a banner
  return ({ inputs, backend, attrs }) => {
    const copies: Info[] = [];
    const there = (given: Info): Info => {
      const copy = cpu.makeTensorInfo(given.shape, given.dtype, backend.readSync(given.dataId));
      copies.push(copy);
      return copy;
    };
    const back = (result: Info): Info => {
      const values = cpu.readSync(result.dataId);
      const copy = (backend as WasmBackend).makeOutput(result.shape, result.dtype);
      floats(backend, copy).set(values);
      cpu.disposeIntermediateTensorInfo(result);
      return copy;
    };
    const result = kernelFunc({ inputs: mapped(inputs, there), backend: cpu, attrs }) as Info | Info[];
    const output = Array.isArray(result) ? result.map(back) : back(result);
    for (const copy of copies) cpu.disposeIntermediateTensorInfo(copy);
    return output;
  };
}

/** As many windows along an axis as XNNPACK counts, and writes, whatever the size of the result is. */
const windows = (input: number, filter: number, stride: number, zeros: number): number =>
  Math.floor((input + zeros - filter) / stride) + 1;

/**
 * Whether the package writes each pixel that the result has, and no others. TensorFlow.js takes the first side and stride for
 * both axes where the padding is a number, and may round up; and a window may lie in the padding altogether.
 */
function isWhole(info: tf.backend_util.Conv2DInfo): boolean {
  const { padInfo: { top, bottom, left, right }, outHeight, outWidth } = info;
  const { effectiveFilterHeight: height, effectiveFilterWidth: width } = info;
  return Math.max(top, bottom) < height && Math.max(left, right) < width &&
    outHeight === windows(info.inHeight, height, info.strideHeight, top + bottom) &&
    outWidth === windows(info.inWidth, width, info.strideWidth, left + right);
}

const poolsAll: Trust = ({ x }, { filterSize, strides, pad, dimRoundingMode }) =>
  isWhole(tf.backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode));

const convolvesAll = (depthwise: boolean): Trust => ({ x, filter }, attributes) => {
  const { strides, pad, dimRoundingMode } = attributes, dilations = attributes.dilations ?? 1;
  if (!depthwise && [dilations].flat().every((dilation: number) => dilation === 1)) return true;
  return isWhole(
    tf.backend_util.computeConv2DInfo(
      x.shape,
      filter.shape,
      strides,
      dilations,
      pad,
      dimRoundingMode,
      depthwise,
    ),
  );
};

/** Whether a kernel of the package can be trusted with what it is called with. */
type Trust = (inputs: Record<string, any>, attributes: any) => boolean;

/** Whether all tensors have numbers: the package divides by their count, or reads what lies behind them. */
const hasNumbers: Trust = (inputs) => {
  const given = (Object.values(inputs).flat() as (Info | undefined)[]).filter((x) => x?.shape) as Info[];
  return !given.some(({ shape }) => shape.includes(0)) || given.some(({ dtype }) => dtype === "string");
};

/** The package takes the bits of whole numbers for floats. */
const isFloat: Trust = ({ x }) => x.dtype === "float32";
const floatsAlone = ["Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Expm1", "Reciprocal"];

const trusted: Readonly<Record<string, Trust>> = {
  ...Object.fromEntries(floatsAlone.map((kernel) => [kernel, isFloat])),
  /** The package takes the slopes for those of the last axes, whatever their shape is. */
  Prelu: ({ alpha, x }) =>
    tf.util.arraysEqual(alpha.shape, x.shape.slice(x.shape.length - alpha.shape.length)),
  BatchMatMul: hasNumbers,
  AvgPool: poolsAll,
  MaxPool: poolsAll,
  Conv2D: convolvesAll(false),
  FusedConv2D: convolvesAll(false),
  DepthwiseConv2dNative: convolvesAll(true),
  FusedDepthwiseConv2D: convolvesAll(true),
};

/** Every kernel that the plain JavaScript backend has and wasm lacks, or can't be trusted with. */
export function registerCpuFallbacks(): void {
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend("cpu")) {
    const own = tf.getKernel(kernelName, "wasm")?.kernelFunc as Kernel | undefined;
    const plain = byCopies(kernelFunc as Kernel), trust = trusted[kernelName];
    const asks = [...(isReplaced(kernelName) ? [] : [hasNumbers]), ...(trust ? [trust] : [])];
    if (own === undefined) replaceKernel(kernelName, plain);
    else if (asks.length > 0) {
      replaceKernel(
        kernelName,
        (given) => asks.every((ask) => ask(given.inputs, given.attrs)) ? own(given) : plain(given),
      );
    }
  }
}
