import { type Attribute, type Graph, type GraphNode, INT32, type Meta, nodeOf, outputOf } from "./graph.ts";

/**
 * A graph that computes a batch in parts side by side, each image as it would have been computed: the inputs are cut along
 * their first axis, the outputs put together again.
 *
 * A part's ops need no second core, so that none waits for another; a network's many small ops lose a third of their time to
 * that. Every op on the way must let itself be cut (see {@linkcode rules}): what depends on the whole batch, a mean or a batch
 * norm in training, can't be taken in parts.
 *
 * @param graph What is computed from the inputs `in0`, `in1`, … The first one's first axis is the batch.
 * @param parts How many parts there shall be; their sizes differ by 1 at most.
 * @returns `undefined` where some op can't be cut.
 */
export function inParts(graph: Graph, parts: number): Graph | undefined {
  const batch = graph.find(({ name }) => name === "in0")?.outputs[0]?.shape[0];
  if (batch === undefined || batch < parts) return undefined;
  const cut = new Cut(batch, parts);
  return neededFor(graph).every((node) => cut.take(node)) ? cut.nodes : undefined;
}

/** What the outputs are computed from, and the inputs. */
function neededFor(graph: Graph): Graph {
  const needed = new Set<string>();
  return graph.toReversed().filter(({ name, op, inputs }) => {
    if (!/^out\d+$/.test(name) && op !== "Placeholder" && !needed.has(name)) return false;
    for (const tensor of inputs) needed.add(nodeOf(tensor));
    return true;
  }).reverse();
}

/**
 * How a part of an op gets an input: its rows, the whole, or the whole as a list of sizes of which the first is that of the
 * first axis.
 */
type Share = "rows" | "whole" | "sizes";

/** A tensor on its way: what it is, and whether it has rows that depend on the batch. */
interface Known extends Meta {
  readonly cut: boolean;
  /** The numbers of a small constant. */
  readonly numbers?: readonly number[];
}

/** Says how each input of an op is shared out, or `undefined` where the op's rows depend on other rows. */
type Rule = (node: GraphNode, inputs: readonly Known[]) => readonly Share[] | undefined;

const first: Rule = (_, inputs) => inputs.map((_, i) => i === 0 ? "rows" : "whole");

/** Numbers in the same place meet: what has the first axis is cut, what is broadcast along it is not. */
const elementwise: Rule = ({ outputs: [out] }, inputs) =>
  inputs.map(({ shape }) =>
    shape.length === out!.shape.length && shape[0] === out!.shape[0] ? "rows" : "whole"
  );

/** Along axes that are told by the input at `index`, the first not among them. */
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

function isTrue({ attributes }: GraphNode, name: string): boolean {
  return attributes[name]?.value === true;
}

const reduction = along(1);

const SPECIAL: Readonly<Record<string, Rule>> = {
  AvgPool: first,
  AvgPoolGrad: () => ["sizes", "rows"],
  BatchMatMulV2: matMul("adj_x"),
  BiasAdd: first,
  ConcatV2: (node, inputs) => along(inputs.length - 1)(node, inputs),
  Conv2D: first,
  Conv2DBackpropInput: () => ["sizes", "whole", "rows"],
  ExpandDims: (_, [x, axis]) =>
    axis!.numbers === undefined || isFirst(axis!.numbers[0]!, x!.shape.length + 1)
      ? undefined
      : ["rows", "whole"],
  FusedBatchNorm: (node, inputs) => isTrue(node, "is_training") ? undefined : first(node, inputs),
  GatherV2: (_, [x, indices, axis]) => {
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
  Softmax: last,
  TopKV2: last,
  Tile: (_, [, times]) => times!.numbers?.[0] === 1 ? ["rows", "whole"] : undefined,
  Transpose: (_, [, order]) => order!.numbers?.[0] === 0 ? ["rows", "whole"] : undefined,
};

/** Ops all of whose outputs have the rows. */
const SEVERAL = new Set(["TopKV2"]);

/** Nothing in front of the first image and nothing after the last. */
function padded([, widths]: readonly Known[]): boolean {
  return widths!.numbers !== undefined && widths!.numbers[0] === 0 && widths!.numbers[1] === 0;
}

function isFirst(axis: number, rank: number): boolean {
  return axis === 0 || axis === -rank;
}

function all(names: string, rule: Rule): [string, Rule][] {
  return names.trim().split(/\s+/).map((name) => [name, rule]);
}

/** The ops that can be cut. */
const rules = new Map<string, Rule>([
  ...all(
    `Abs Acos Add AddN AddV2 Asin Atan Cast Ceil ClipByValue Cos Elu Equal Erf Exp Expm1 Floor FloorMod Greater GreaterEqual Identity
    IsNan LeakyRelu Less LessEqual Log Log1p LogicalAnd LogicalNot LogicalOr Maximum Minimum Mul Neg NotEqual Pow RealDiv
    Reciprocal Relu Relu6 ReluGrad Rint Round Rsqrt Select SelectV2 Sigmoid Sign Sin Softplus Sqrt Square SquaredDifference Sub
    Tan Tanh ZerosLike OnesLike`,
    elementwise,
  ),
  ...all("All Any ArgMax ArgMin Max Mean Min Prod Sum", reduction),
  ...Object.entries(SPECIAL),
]);

/** Cuts a graph node by node. */
class Cut {
  readonly nodes: GraphNode[] = [];
  readonly #batch: number;
  /** How many images each part has. */
  readonly #counts: readonly number[];
  readonly #known = new Map<string, Known>();
  /** The parts of tensors that were cut, or that are whole and were needed in parts. */
  readonly #parts = new Map<string, readonly string[]>();
  #made = 0;

  constructor(batch: number, parts: number) {
    this.#batch = batch;
    this.#counts = Array.from(
      { length: parts },
      (_, i) => Math.floor((batch + i) / parts),
    );
  }

  /** Cuts a node, if it need be and can be. */
  take(node: GraphNode): boolean {
    const { name, op, inputs, outputs } = node;
    const known = inputs.flatMap((tensor) => this.#known.get(tensor) ?? []);
    if (known.length < inputs.length) return false;
    if (op === "Placeholder") return this.#whole(node, outputs[0]!.shape[0] === this.#batch);
    if (!known.some(({ cut }) => cut)) return this.#whole(node);
    const shares = rules.get(op)?.(node, known), [{ shape }] = outputs as [Meta];
    const fits = shares !== undefined && shape.length > 0 && shape[0]! % this.#batch === 0 &&
      known.every(({ cut, shape, numbers }, i) => {
        if (shares[i] === "sizes") return !cut && numbers?.[0] === outputs[0]!.shape[0];
        return shares[i] === "rows" ? shape[0]! % this.#batch === 0 && shape.length > 0 : !cut;
      });
    if (!fits) return false;
    if (/^out\d+$/.test(name)) return this.#join(node);
    const given = inputs.map((tensor, i) => this.#given(tensor, known[i]!, shares[i]!));
    const made = this.#counts.map((count, part): GraphNode => ({
      ...node,
      name: `${name}p${part}`,
      inputs: given.map((names) => names[part]!),
      outputs: outputs.map(({ shape, dtype }) => ({ shape: this.#shapeOf(shape, count), dtype })),
    }));
    this.nodes.push(...made);
    // The others may be statistics: nobody may ask for them.
    (SEVERAL.has(op) ? outputs : outputs.slice(0, 1)).forEach((meta, i) => {
      this.#known.set(outputOf(node, i), { ...meta, cut: true });
      this.#parts.set(outputOf(node, i), made.map((node) => outputOf(node, i)));
    });
    return true;
  }

  /** Keeps a node as it is; its output may be what is to be cut. */
  #whole(node: GraphNode, cut = false): boolean {
    this.nodes.push(node);
    const numbers = numbersOf(node);
    node.outputs.forEach((meta, i) =>
      this.#known.set(outputOf(node, i), { ...meta, cut, ...(numbers ? { numbers } : {}) })
    );
    return true;
  }

  #shapeOf([rows, ...rest]: readonly number[], count: number): number[] {
    return [rows! / this.#batch * count, ...rest];
  }

  /** What each part gets of an input. */
  #given(tensor: string, { shape, numbers }: Known, share: Share): readonly string[] {
    if (share === "whole") return this.#counts.map(() => tensor);
    if (share === "rows") return this.#rowsOf(tensor, shape);
    return this.#counts.map((count) => this.#constant(this.#shapeOf(numbers!, count)));
  }

  /** The rows of each part; a tensor is split where it first is needed in parts. */
  #rowsOf(tensor: string, shape: readonly number[]): readonly string[] {
    const known = this.#parts.get(tensor);
    if (known !== undefined) return known;
    const { dtype } = this.#known.get(tensor)!,
      shapes = this.#counts.map((count) => this.#shapeOf(shape, count));
    const node: GraphNode = {
      name: this.#newName(),
      op: "SplitV",
      inputs: [tensor, this.#constant(shapes.map(([rows]) => rows!)), this.#constant(0)],
      outputs: shapes.map((shape) => ({ shape, dtype })),
      attributes: { ...typed(dtype), num_split: { kind: "int", value: shapes.length }, Tlen: INT32_TYPE },
    };
    this.nodes.push(node);
    const parts = shapes.map((_, i) => outputOf(node, i));
    this.#parts.set(tensor, parts);
    return parts;
  }

  /** An output from its parts. */
  #join({ name, inputs: [tensor], outputs }: GraphNode): boolean {
    const parts = this.#rowsOf(tensor!, outputs[0]!.shape);
    this.nodes.push({
      name,
      op: "ConcatV2",
      inputs: [...parts, this.#constant(0)],
      outputs,
      attributes: { ...typed(outputs[0]!.dtype), N: { kind: "int", value: parts.length }, Tidx: INT32_TYPE },
    });
    return true;
  }

  #newName(): string {
    return `parts${this.#made++}`;
  }

  /** A constant of whole numbers; the name of its tensor. */
  #constant(value: number | readonly number[]): string {
    const numbers = Int32Array.from([value].flat()), shape = typeof value === "number" ? [] : [value.length];
    const meta: Meta = { shape, dtype: INT32 };
    const node: GraphNode = {
      name: this.#newName(),
      op: "Const",
      inputs: [],
      outputs: [meta],
      attributes: {
        dtype: INT32_TYPE,
        value: { kind: "tensor", value: { ...meta, bytes: new Uint8Array(numbers.buffer) } },
      },
    };
    this.nodes.push(node);
    return outputOf(node);
  }
}

const INT32_TYPE: Attribute = { kind: "type", value: INT32 };

function typed(dtype: number): { readonly T: Attribute } {
  return { T: { kind: "type", value: dtype } };
}

/** The numbers of a constant of whole ones: axes, sizes, orders. */
function numbersOf({ op, attributes: { value } }: GraphNode): readonly number[] | undefined {
  if (op !== "Const" || value?.kind !== "tensor" || value.value.dtype !== INT32) return undefined;
  return [...new Int32Array(value.value.bytes.slice().buffer)];
}
