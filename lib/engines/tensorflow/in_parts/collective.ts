import { FLOAT32, type GraphNode, type Meta } from "../graph.ts";
import { batchNorm, batchNormGradient } from "./batch_norm.ts";
import { INDEX, type Nodes } from "./nodes.ts";
import { isFirst, isTrue, type Known } from "./rules.ts";

/** The rows of a tensor that a part of the batch has. */
export interface Part extends Meta {
  /** The tensor's name. */
  readonly name: string;
  /** Which share of all rows these are. */
  readonly share: number;
}

/** An op that takes its inputs in parts. */
export interface Given {
  /** The op that is taken apart. */
  readonly node: GraphNode;
  /** What its inputs are. */
  readonly inputs: readonly Known[];
  /** Where new nodes go. */
  readonly nodes: Nodes;
  /** An input in parts. */
  rows(input: number): readonly Part[];
  /** The name of an input that has none. */
  whole(input: number): string;
}

/** An output: one tensor for all, or the names of its parts. */
export type Made = string | readonly string[];

/** An op that needs all rows, put together from what each part finds out about its own. */
export interface Collective {
  /** Whether it can be. */
  fits(node: GraphNode, inputs: readonly Known[]): boolean;
  /** Writes it; what its outputs are. */
  write(given: Given): readonly Made[];
}

/** A sum over the batch is that of the parts' sums; `rows` are the inputs that have the batch's. */
function summed(fits: Collective["fits"], rows: readonly number[]): Collective {
  return {
    fits: (node, inputs) =>
      fits(node, inputs) && inputs.every(({ cut }, i) => rows.includes(i) || !cut) &&
      node.outputs[0]!.dtype === FLOAT32,
    write({ node, inputs, nodes, ...given }) {
      const [out] = node.outputs as [Meta];
      const parts = given.rows(rows[0]!).map((_, part) => {
        const own = inputs.map((_, i) => rows.includes(i) ? given.rows(i)[part]!.name : given.whole(i));
        return nodes.add(node.op, own, [out], node.attributes)[0]!;
      });
      return [nodes.sum(parts, out)];
    },
  };
}

/** Along axes that the second input tells, the first among them. */
function alongBatch(_: GraphNode, [x, axes]: readonly Known[]): boolean {
  return axes!.numbers?.some((axis) => isFirst(axis, x!.shape.length)) ?? false;
}

const sum = summed(alongBatch, [0]);

/** The mean of the parts' means, each weighed by its share. */
const mean: Collective = {
  fits: sum.fits,
  write({ node, nodes, ...given }) {
    const [out] = node.outputs as [Meta], axes = given.whole(1);
    const parts = given.rows(0).map(({ name, share }) => {
      const [own] = nodes.add("Mean", [name, axes], [out], { ...node.attributes, Tidx: INDEX });
      return nodes.add("Mul", [own!, nodes.numbers(share)], [out])[0]!;
    });
    return [nodes.sum(parts, out)];
  },
};

/** A product over the rows of two matrices. */
function ofRows(turned: string, other: string): Collective {
  return summed(
    (node, [a]) => a!.shape.length === 2 && isTrue(node, turned) && !isTrue(node, other),
    [0, 1],
  );
}

/** The ops that can be put together from parts though their rows depend on all others. */
export const collectives: Readonly<Record<string, Collective>> = {
  BatchMatMulV2: ofRows("adj_x", "adj_y"),
  Conv2DBackpropFilter: summed(() => true, [0, 2]),
  FusedBatchNormGradV3: batchNormGradient,
  FusedBatchNormV3: batchNorm,
  MatMul: ofRows("transpose_a", "transpose_b"),
  Mean: mean,
  Sum: sum,
};
