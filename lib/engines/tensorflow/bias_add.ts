import { type Graph, type GraphNode, nodeOf } from "./graph.ts";

/**
 * A graph that adds a convolution's bias by `BiasAdd`. TensorFlow fuses that op with the convolution, a shortcut and a
 * ReLU. The sum with a vector, which TensorFlow.js writes, it fuses in the simplest case only.
 *
 * A sum that another op reads as well (the gradient of a leaky ReLU, for example) stays as it is: it can't be fused, and
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

/** For each node, the nodes that take an output of it. */
function takersOf(graph: Graph): Map<string, GraphNode[]> {
  const takers = new Map<string, GraphNode[]>();
  for (const node of graph) {
    for (const name of new Set(node.inputs.map(nodeOf))) takers.set(name, [...takers.get(name) ?? [], node]);
  }
  return takers;
}
