import { FLOAT32, type GraphNode, type Meta } from "../graph.ts";
import { batchNorm, batchNormGradient } from "./batch_norm.ts";
import type { Collective } from "./collective.ts";
import { INDEX } from "./nodes.ts";
import { isFirst, isTrue, type Known } from "./rules.ts";

/** A sum over the batch: the sum of the parts' sums. `rows` are the inputs that have the batch's rows. */
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

/** Along axes that the second input gives; the first axis is among them. */
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
  DepthwiseConv2dNativeBackpropFilter: summed(() => true, [0, 2]),
  FusedBatchNormGradV3: batchNormGradient,
  FusedBatchNormV3: batchNorm,
  MatMul: ofRows("transpose_a", "transpose_b"),
  Mean: mean,
  Sum: sum,
};
