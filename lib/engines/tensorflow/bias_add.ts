import { type Graph, type GraphNode, nodeOf } from "./graph.ts";

/**
 * A graph that adds a convolution's bias by the op that is made for it. TensorFlow fuses that one with the convolution, a
 * shortcut and a ReLU; the sum with a vector, which TensorFlow.js writes, it fuses in the simplest case only.
 *
 * Sums that others look at as well (the gradient of a leaky ReLU, say) stay as they are: they can't be fused away, and
 * TensorFlow's optimiser fails where it tries.
 */
export function withBiasAdd(graph: Graph): Graph {
  const nodes = new Map(graph.map((node) => [node.name, node])), takers = takersOf(graph);
  const only = ({ name }: GraphNode): GraphNode | undefined =>
    takers.get(name)?.length === 1 ? takers.get(name)![0] : undefined;
  return graph.map((node): GraphNode => {
    if (!ADDITIONS.has(node.op)) return node;
    const [sum, bias] = node.inputs.map((tensor) => nodes.get(nodeOf(tensor))!);
    if (sum!.op !== "Conv2D" || bias!.op !== "Const" || bias!.outputs[0]!.shape.length !== 1) return node;
    if (bias!.outputs[0]!.shape[0] !== sum!.outputs[0]!.shape.at(-1)) return node; // one number for all channels
    const taker = only(node);
    if (taker === undefined || (ADDITIONS.has(taker.op) && only(taker) === undefined)) return node;
    const { T } = node.attributes;
    return {
      ...node,
      op: "BiasAdd",
      attributes: { ...(T ? { T } : {}), data_format: { kind: "string", value: "NHWC" } },
    };
  });
}

const ADDITIONS = new Set(["Add", "AddV2"]);

/** Of each node those that take something from it. */
function takersOf(graph: Graph): Map<string, GraphNode[]> {
  const takers = new Map<string, GraphNode[]>();
  for (const node of graph) {
    for (const name of new Set(node.inputs.map(nodeOf))) takers.set(name, [...takers.get(name) ?? [], node]);
  }
  return takers;
}
