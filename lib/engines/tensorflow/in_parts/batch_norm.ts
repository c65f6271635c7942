import { tf } from "../../../tensor/tf.ts";
import { FLOAT32, type GraphNode, type Meta } from "../graph.ts";
import type { Collective } from "./collective.ts";
import { INDEX, type Nodes } from "./nodes.ts";
import { isTrue } from "./rules.ts";

/** Writes ops that give out tensors of one shape. */
function writer(nodes: Nodes, ...shape: readonly number[]) {
  return (op: string, inputs: readonly string[], attributes?: GraphNode["attributes"]): string =>
    nodes.add(op, inputs, [{ shape, dtype: FLOAT32 }], attributes)[0]!;
}

/** The attributes of the op that normalises by given statistics, and of its gradient. */
function byGivenStatistics({ attributes }: GraphNode): GraphNode["attributes"] {
  return { ...attributes, is_training: { kind: "bool", value: false } };
}

/** How many pixels a batch has in each channel. */
function countOf(shape: readonly number[]): number {
  return tf.util.sizeFromShape(shape.slice(0, -1));
}

/**
 * Batch norm in training. Each part finds its mean and variance, and is normalised by the batch's: the mean of the parts'
 * means μₚ, and the mean of their variances and of (μₚ − μ)².
 */
export const batchNorm: Collective = {
  fits: (node, inputs) =>
    isTrue(node, "is_training") && inputs[0]!.cut && inputs.slice(1).every(({ cut }) => !cut),
  write({ node, inputs: [x], nodes, ...given }) {
    const rows = given.rows(0), channels = x!.shape.at(-1)!, count = countOf(x!.shape);
    const [scale, offset, ...unread] = [1, 2, 3, 4].map(given.whole), statistics = node.outputs.slice(1);
    const own = rows.map(({ name, ...meta }) =>
      nodes.add(
        "FusedBatchNormV3",
        [name, scale!, offset!, ...unread],
        [meta, ...statistics],
        node.attributes,
      )
    );
    const vector = writer(nodes, channels), table = writer(nodes, rows.length, channels);
    const stacked = (output: number): string =>
      table("Pack", own.map((outputs) => outputs[output]!), {
        N: { kind: "int", value: rows.length },
        axis: { kind: "int", value: 0 },
      });
    const first = nodes.integers(0), shares = nodes.numbers(rows.map(({ share }) => share));
    const total = (tensor: string): string =>
      vector("Sum", [tensor, first], { Tidx: INDEX, keep_dims: { kind: "bool", value: false } });
    const means = stacked(1), mean = total(table("Mul", [means, shares]));
    // The op gives variances with Bessel's correction.
    const biased = nodes.numbers(rows.map(({ share, shape }) => share * (1 - 1 / countOf(shape))));
    const within = table("Mul", [stacked(2), biased]);
    const between = table("Mul", [table("SquaredDifference", [means, mean]), shares]);
    const variance = total(table("AddV2", [within, between]));
    const normalised = rows.map(({ name, ...meta }) =>
      nodes.add(
        "FusedBatchNormV3",
        [name, scale!, offset!, mean, variance],
        [meta, ...statistics],
        byGivenStatistics(node),
      )[0]!
    );
    const corrected = vector("Mul", [variance, nodes.numbers(count / Math.max(1, count - 1))]);
    // The last one is the engine's own; the gradient below does without.
    return [normalised, mean, corrected, mean, variance, mean];
  },
};

/**
 * Its gradient, ∂x = γ/σ (∂y − Σ∂y / n − x̂ Σ(∂y x̂) / n), with n pixels. By the op for statistics that are fixed each part
 * finds its γ/σ ∂y and its share of both sums. The rest is a batch norm of x with the scale −γ/σ Σ(∂y x̂) / n and the offset
 * −γ/σ Σ∂y / n.
 */
export const batchNormGradient: Collective = {
  // x came through the cut batch norm, whose statistics these are.
  fits: (node, inputs) => isTrue(node, "is_training") && inputs[1]!.cut,
  write({ node, inputs: [, x], nodes, ...given }) {
    const channels = x!.shape.at(-1)!, vector = writer(nodes, channels);
    const of: Meta = { shape: [channels], dtype: FLOAT32 };
    const images = given.rows(1),
      [scale, mean, variance] = [2, 3, 4].map(given.whole) as [string, string, string];
    const own = given.rows(0).map(({ name, ...meta }, part) =>
      nodes.add(
        "FusedBatchNormGradV3",
        [name, images[part]!.name, scale, mean, variance, mean],
        [meta, ...node.outputs.slice(1)],
        byGivenStatistics(node),
      )
    );
    const [dScale, dOffset] = [1, 2].map((output) => nodes.sum(own.map((outputs) => outputs[output]!), of));
    const epsilon = nodes.numbers(node.attributes.epsilon!.value as number);
    const slope = vector("Mul", [scale, vector("Rsqrt", [vector("AddV2", [variance, epsilon])])]);
    const each = vector("Mul", [slope, nodes.numbers(-1 / countOf(x!.shape))]);
    const [scaled, shifted] = [dScale, dOffset].map((sum) => vector("Mul", [each, sum!]));
    const dx = images.map(({ name, ...meta }, part) => {
      const rest = nodes.add(
        "FusedBatchNormV3",
        [name, scaled!, shifted!, mean, variance],
        [meta, of, of, of, of, of],
        byGivenStatistics(node),
      );
      return nodes.add("AddV2", [own[part]![0]!, rest[0]!], [meta])[0]!;
    });
    return [dx, dScale!, dOffset!];
  },
};
