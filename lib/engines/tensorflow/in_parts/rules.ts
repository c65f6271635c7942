import type { GraphNode, Meta } from "../graph.ts";

/**
 * How a part of an op gets an input: the rows of the part, the whole input, or the input as a list of sizes, of which the
 * first is the number of rows.
 */
export type Share = "rows" | "whole" | "sizes";

/** What is known of a tensor: its shape and type, and whether it is cut with the batch. */
export interface Known extends Meta {
  readonly cut: boolean;
  /** The numbers of a small constant. */
  readonly numbers?: readonly number[];
}

/** Says how each input of an op is shared out, or `undefined` where the op's rows depend on other rows. */
export type Rule = (node: GraphNode, inputs: readonly Known[]) => readonly Share[] | undefined;

const first: Rule = (_, inputs) => inputs.map((_, i) => i === 0 ? "rows" : "whole");

/** Numbers in the same place are combined: an input with the first axis is cut, one that is broadcast along it is not. */
const elementwise: Rule = ({ outputs: [out] }, inputs) =>
  inputs.map(({ shape }) =>
    shape.length === out!.shape.length && shape[0] === out!.shape[0] ? "rows" : "whole"
  );

/** An op along axes that the input at `index` gives; the first axis must not be among them. */
function along(index: number): Rule {
  return (_, inputs) => {
    const rank = inputs[index === 0 ? 1 : 0]!.shape.length, axes = inputs[index]!.numbers;
    if (!axes || axes.some((axis) => isFirst(axis, rank))) return undefined;
    return inputs.map((_, i) => i === index ? "whole" : "rows");
  };
}

/** One matrix of all rows, or matrices for each of them. */
const matMul = (transposed: string): Rule => (node, inputs) => {
  if (inputs[0]!.shape.length > 2) return elementwise(node, inputs);
  return isTrue(node, transposed) ? undefined : ["rows", "whole"];
};

/** Along the last axis, which must not be the first. */
const last: Rule = (node, inputs) => inputs[0]!.shape.length < 2 ? undefined : first(node, inputs);

/** Whether a flag of a node is set. */
export function isTrue({ attributes }: GraphNode, name: string): boolean {
  return attributes[name]?.value === true;
}

const reduction = along(1);

const SPECIAL: Readonly<Record<string, Rule>> = {
  AvgPool: first,
  AvgPoolGrad: () => ["sizes", "rows"],
  BatchMatMulV2: matMul("adj_x"),
  ConcatV2: (node, inputs) => along(inputs.length - 1)(node, inputs),
  Conv2D: first,
  Conv2DBackpropInput: () => ["sizes", "whole", "rows"],
  DepthwiseConv2dNative: first,
  DepthwiseConv2dNativeBackpropInput: () => ["sizes", "whole", "rows"],
  ExpandDims: (_, [x, axis]) =>
    axis!.numbers === undefined || isFirst(axis!.numbers[0]!, x!.shape.length + 1)
      ? undefined
      : ["rows", "whole"],
  FusedBatchNorm: (node, inputs) => isTrue(node, "is_training") ? undefined : first(node, inputs),
  GatherV2: ({ attributes: { batch_dims } }, [x, indices, axis]) => {
    if (batch_dims?.kind === "int" && batch_dims.value !== 0) return ["rows", "rows", "whole"]; // row by row
    if (axis?.numbers === undefined || (x!.cut && indices!.cut)) return undefined;
    if (isFirst(axis.numbers[0]!, x!.shape.length)) return x!.cut ? undefined : ["whole", "rows", "whole"];
    return x!.cut ? ["rows", "whole", "whole"] : undefined;
  },
  LogSoftmax: last,
  MatMul: matMul("transpose_a"),
  MaxPool: first,
  MaxPoolGrad: () => ["rows", "rows", "rows"],
  OneHot: (node, inputs) => node.attributes.axis?.value === -1 ? first(node, inputs) : undefined,
  Pack: ({ attributes: { axis }, outputs: [out] }, inputs) =>
    isFirst(axis!.value as number, out!.shape.length) ? undefined : inputs.map(() => "rows"),
  Pad: (node, inputs) => padded(inputs) ? first(node, inputs) : undefined,
  PadV2: (node, inputs) => padded(inputs) ? first(node, inputs) : undefined,
  Reshape: (_, [, sizes]) => ["rows", sizes!.numbers?.[0] === -1 ? "whole" : "sizes"],
  Slice: (_, [x, begin, size]) =>
    begin!.numbers?.[0] === 0 && size!.numbers?.[0] === x!.shape[0] ? ["rows", "whole", "sizes"] : undefined,
  Select: (node, inputs) => {
    const [chosen, one] = inputs;
    // One answer for each row: the only broadcast that this op knows.
    return chosen!.shape.length === 1 && one!.shape.length > 1
      ? ["rows", "rows", "rows"]
      : elementwise(node, inputs);
  },
  Softmax: last,
  SplitV: (_, [x, , axis]) =>
    axis!.numbers === undefined || isFirst(axis!.numbers[0]!, x!.shape.length)
      ? undefined
      : ["rows", "whole", "whole"],
  TopKV2: last,
  Tile: (_, [, times]) => times!.numbers?.[0] === 1 ? ["rows", "whole"] : undefined,
  Unpack: (node, [x]) =>
    isFirst(node.attributes.axis!.value as number, x!.shape.length) ? undefined : ["rows"],
  Transpose: (_, [, order]) => order!.numbers?.[0] === 0 ? ["rows", "whole"] : undefined,
};

/** Ops whose outputs all have the batch's rows; of other ops only the first output has them. */
export const SEVERAL = new Set(["SplitV", "TopKV2", "Unpack"]);

/** Whether nothing is put before the first image and nothing after the last. */
function padded([, widths]: readonly Known[]): boolean {
  return widths!.numbers !== undefined && widths!.numbers[0] === 0 && widths!.numbers[1] === 0;
}

/** Whether an axis is the first one of a tensor of that rank. */
export function isFirst(axis: number, rank: number): boolean {
  return axis === 0 || axis === -rank;
}

function all(names: string, rule: Rule): [string, Rule][] {
  return names.trim().split(/\s+/).map((name) => [name, rule]);
}

/** The ops whose rows depend on the same rows of their inputs, or on what all rows share. */
export const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...all(
    `Abs Acos Acosh Add AddN AddV2 Asin Asinh Atan Atan2 Atanh Cast Ceil ClipByValue Cos Cosh Elu EluGrad Equal Erf
    Exp Expm1 Floor FloorDiv FloorMod Greater GreaterEqual Identity IsFinite IsInf IsNan LeakyRelu Less LessEqual
    Log Log1p LogicalAnd LogicalNot LogicalOr LogicalXor Maximum Minimum Mul Neg NotEqual OnesLike Pow RealDiv
    Reciprocal Relu Relu6 ReluGrad Rint Round Rsqrt SelectV2 Selu Sigmoid Sign Sin Sinh Softplus Sqrt Square
    SquaredDifference Sub Tan Tanh ZerosLike`,
    elementwise,
  ),
  ...all("All Any ArgMax ArgMin Max Mean Min Prod Sum", reduction),
  ...Object.entries(SPECIAL),
]);
