import { BFLOAT16, FLOAT32, type Graph, type GraphNode, nodeOf, outputOf } from "./graph.ts";

/** The ops to compute in bfloat16: nearly all of a network's work. */
const CONVOLUTIONS = new Set(["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"]);

/** Ops between convolutions: they are computed in bfloat16 as well, so that fewer casts are needed. */
const BETWEEN = new Set([
  "Add",
  "AddV2",
  "FusedBatchNormGradV3",
  "FusedBatchNormV3",
  "MaxPool",
  "MaxPoolGrad",
  "Pad",
  "PadV2",
  "Relu",
  "ReluGrad",
  "Reshape",
  "Transpose",
]);

/** Ops whose first inputs only have the type T, and the first output; the others are statistics and parameters. */
const LEADING: Readonly<Record<string, number>> = { FusedBatchNormV3: 1, FusedBatchNormGradV3: 2 };

/** Ops that turn small differences into large ones. */
const STEPS = new Set(["Ceil", "Floor", "Rint", "Round"]);

/**
 * A graph with its convolutions in bfloat16: 8 bits of exponent as in float32, 8 of precision where float32 has 24. What
 * lies between two convolutions is taken there, too; casts stand at the borders.
 *
 * In float32 stay the inputs and outputs, losses, matrix products (the last layer, whose logits are compared), batch norms'
 * statistics, and all that is rounded on its way: the next value of a quantizer is another image.
 */
export function inBfloat16(graph: Graph): Graph {
  const exact = leadingTo(graph, STEPS), low = new Set<string>(), found: GraphNode[] = [];
  const metas = new Map(graph.flatMap((node) => node.outputs.map((meta, i) => [outputOf(node, i), meta])));
  const casts = new Map<string, string>();
  const cast = (tensor: string, from: number, to: number): string => {
    const key = `${tensor} ${to}`, known = casts.get(key);
    if (known !== undefined) return known;
    const node: GraphNode = {
      name: `cast${casts.size}`,
      op: "Cast",
      inputs: [tensor],
      outputs: [{ shape: metas.get(tensor)!.shape, dtype: to }],
      attributes: { SrcT: { kind: "type", value: from }, DstT: { kind: "type", value: to } },
    };
    found.push(node);
    casts.set(key, outputOf(node));
    return outputOf(node);
  };
  for (const node of graph) {
    const { name, op, inputs, attributes } = node;
    const isLow = attributes.T?.value === FLOAT32 && !exact.has(name) &&
      (CONVOLUTIONS.has(op) || (BETWEEN.has(op) && inputs.some((tensor) => low.has(tensor))));
    if (isLow) {
      const leading = LEADING[op] ?? inputs.length;
      const lowered = inputs.map((tensor, i) => {
        if (metas.get(tensor)!.dtype !== FLOAT32) return tensor;
        if (low.has(tensor)) return i < leading ? tensor : cast(tensor, BFLOAT16, FLOAT32);
        return i < leading ? cast(tensor, FLOAT32, BFLOAT16) : tensor;
      });
      found.push({
        ...node,
        inputs: lowered,
        attributes: { ...attributes, T: { kind: "type", value: BFLOAT16 } },
      });
      low.add(outputOf(node));
    } else {
      const raised = inputs.map((tensor) => low.has(tensor) ? cast(tensor, BFLOAT16, FLOAT32) : tensor);
      found.push({ ...node, inputs: raised });
    }
  }
  return found;
}

/** The names of the nodes of these kinds, and of all that they are computed from. */
function leadingTo(graph: Graph, ops: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { name, op, inputs } of graph.toReversed()) {
    if (!ops.has(op) && !found.has(name)) continue;
    found.add(name);
    for (const tensor of inputs) found.add(nodeOf(tensor));
  }
  return found;
}
