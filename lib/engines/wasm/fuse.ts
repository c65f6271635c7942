// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
/** Rewrites graphs so that convolutions do what lies before and after them: paddings, biases, sums, ReLUs and their gradients. */
import { tf } from "../../tensor/tf.ts";
import { type Graph, type Node, type Use, usesOf, type Value } from "./graph.ts";

/**
 * The kernel that takes them in: a convolution of `x` or, with `inputShape`, the gradient by its input (of `x` as dy), and
 * how it ends, with the inputs `bias`, `add` and `mask` and the attribute `relu`.
 */
export const CONVOLUTION = "ConvolutionWithEnding";

/** The tensors of an ending are read in vectors, for one panel of the filter at a time. */
const PANEL = 8;

/** What rules ask about the graph so far. */
interface Known {
  /** The node that made what is used, if it is of this kernel and, unless `shared` is given, nothing else uses it. */
  maker(use: Use | undefined, kernel: string, shared?: "shared"): Node | undefined;
}

/** A rule: the node that replaces a node, where the rule applies. */
type Rule = (node: Node, inputs: Readonly<Record<string, Use>>, known: Known) => Node | undefined;

const same = (a: Use, b: Use): boolean => tf.util.arraysEqual(a.shape as number[], b.shape as number[]);

const convolution = (node: Node, inputs: Node["inputs"], attributes: any): Node => ({
  kernel: CONVOLUTION,
  inputs: Object.fromEntries(Object.entries(inputs).filter(([, use]) => use !== undefined)),
  attributes: { relu: false, ...attributes },
  outputs: node.outputs,
});

const pair = (size: number | [number, number]): [number, number] =>
  typeof size === "number" ? [size, size] : size;

const isPointwise = ({ shape: [height, width] }: Use): boolean => height === 1 && width === 1;

/** A padding by zeros around the pixels, as convolutions take it. */
function paddingOf(node: Node | undefined): unknown {
  const { paddings, constantValue } = node?.attributes ?? {};
  const fits = paddings?.length === 4 && constantValue === 0 &&
    [0, 3].every((axis) => paddings[axis].every((n: number) => n === 0));
  return fits ? paddings : undefined;
}

/** Whether a filter or window of one pixel meets no zeros around the image. */
const isUnpadded = ({ pad }: any): boolean => pad === "valid" || pad === "same";

/** The strides of a pooling that only picks pixels. */
function strideOf(node: Node | undefined): [number, number] | undefined {
  const { filterSize, strides } = node?.attributes ?? {};
  const picks = filterSize !== undefined && pair(filterSize).every((side) => side === 1) &&
    isUnpadded(node!.attributes);
  return picks ? pair(strides) : undefined;
}

/** Whether all pixels of the result are written at once, so that the convolution can end in something. */
function isOpen({ inputs, attributes: { strides, inputShape, relu } }: Node): boolean {
  const { filter, mask } = inputs as Record<string, Use>, [down, across] = pair(strides);
  const seen = !inputShape || (filter!.shape[0]! >= down && filter!.shape[1]! >= across);
  return seen && !relu && mask === undefined;
}

/** Whether another tensor can be read as the result is written. */
const goesAlong = (result: Use, other: Use): boolean =>
  same(result, other) && result.shape.length === 4 && result.shape[3]! % PANEL === 0 &&
  other.dtype === "float32";

const rules: Readonly<Record<string, Rule>> = {
  Conv2D(node, { x, filter }, { maker }) {
    const { attributes } = node;
    if ([attributes.dilations ?? 1].flat().some((n: number) => n !== 1)) return undefined;
    if (attributes.pad === "valid") {
      const before = maker(x, "PadV2", "shared"), pad = paddingOf(before);
      if (pad) return convolution(node, { x: before!.inputs.x!, filter: filter! }, { ...attributes, pad });
      const pool = maker(x, "AvgPool", "shared"), strides = strideOf(pool);
      if (strides && isPointwise(filter!) && pair(attributes.strides).every((n) => n === 1)) {
        return convolution(node, { x: pool!.inputs.x!, filter: filter! }, { ...attributes, strides });
      }
    }
    return convolution(node, { x: x!, filter: filter! }, attributes);
  },
  FusedConv2D(node, { x, filter, bias, preluActivationWeights }) {
    const { activation, dilations, ...attributes } = node.attributes;
    const known = activation === "linear" || activation === "relu",
      dense = [dilations ?? 1].flat().every((n) => n === 1);
    const channels = node.outputs[0]!.shape.slice(3);
    if (!known || !dense || preluActivationWeights) return undefined;
    if (bias && !tf.util.arraysEqual(bias.shape as number[], channels)) return undefined;
    const inputs = { x: x!, filter: filter!, ...bias ? { bias } : {} };
    return convolution(node, inputs, { ...attributes, relu: activation === "relu" });
  },
  Conv2DBackpropInput(node, { dy, filter }) {
    return convolution(node, { x: dy!, filter: filter! }, node.attributes);
  },
  /** The gradient of a padding: the convolution need not work out what is cut off. */
  Slice(node, { x }, { maker }) {
    const gradient = maker(x, CONVOLUTION);
    const { inputShape, pad, relu } = gradient?.attributes ?? {};
    if (!inputShape || pad !== "valid" || relu || Object.keys(gradient!.inputs).length > 2) return undefined;
    const { begin: from, size: sizes } = node.attributes;
    const [begin, size] = tf.slice_util.parseSliceParams(x as any, from, sizes) as [
      number[],
      number[],
    ];
    if (size[0] !== inputShape[0] || size[3] !== inputShape[3]) return undefined;
    const sides = [1, 2].map((axis) => [begin[axis], inputShape[axis] - begin[axis]! - size[axis]!]);
    const attributes = { ...gradient!.attributes, inputShape: size, pad: [[0, 0], ...sides, [0, 0]] };
    return convolution(node, gradient!.inputs, attributes);
  },
  AvgPoolGrad(node, { dy, input }, { maker }) {
    const gradient = maker(dy, CONVOLUTION), strides = strideOf(node);
    const { inputShape, strides: dense = 1, relu } = gradient?.attributes ?? {};
    if (!inputShape || !strides || relu || Object.keys(gradient!.inputs).length > 2) return undefined;
    if (!isPointwise(gradient!.inputs.filter as Use) || pair(dense).some((n) => n !== 1)) return undefined;
    if (!isUnpadded(gradient!.attributes)) return undefined;
    return convolution(node, gradient!.inputs, {
      ...gradient!.attributes,
      strides,
      inputShape: input!.shape,
    });
  },
  Add(node, { a, b }, { maker }) {
    for (const [sum, other] of [[a!, b!], [b!, a!]] as const) {
      const before = maker(sum, CONVOLUTION);
      if (!before || !isOpen(before) || before.inputs.add || other.dtype !== "float32") continue;
      const [result] = before.outputs, { inputs, attributes } = before;
      if (!same(sum, result!) || !same(result!, node.outputs[0]!)) continue;
      if (other.shape.length === 1 && other.shape[0] === result!.shape[3] && !inputs.bias) {
        return convolution(node, { ...inputs, bias: other }, attributes);
      }
      if (goesAlong(result!, other)) return convolution(node, { ...inputs, add: other }, attributes);
    }
  },
  Relu(node, { x }, { maker }) {
    const before = maker(x, CONVOLUTION);
    if (!before || !isOpen(before)) return undefined;
    return convolution(node, before.inputs, { ...before.attributes, relu: true });
  },
  ReluGrad(node, { dy, y }, { maker }) {
    const before = maker(dy, CONVOLUTION);
    if (!before || !isOpen(before) || !goesAlong(before.outputs[0]!, y!)) return undefined;
    return convolution(node, { ...before.inputs, mask: y! }, before.attributes);
  },
};

/** A graph that does the same with fewer kernels. Nodes that are no longer needed are still there. */
export function fused(graph: Graph): Graph {
  const uses = new Map<Value, number>();
  const count = ({ value }: Use) => uses.set(value, (uses.get(value) ?? 0) + 1);
  graph.nodes.flatMap(usesOf).forEach(count);
  graph.results.forEach(count);

  const makers = new Map<Value, Node>();
  const maker: Known["maker"] = (use, kernel, shared) => {
    const made = use && makers.get(use.value);
    if (made?.kernel !== kernel || !same(use!, made.outputs[0]!)) return undefined;
    return shared || uses.get(use!.value) === 1 ? made : undefined;
  };
  const nodes = graph.nodes.map((node) => {
    const next = rules[node.kernel]?.(node, node.inputs as Record<string, Use>, { maker }) ?? node;
    for (const { value } of next.outputs) makers.set(value, next);
    return next;
  });
  return { ...graph, nodes };
}
