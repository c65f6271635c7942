import { BFLOAT16, type Graph, type GraphNode, nodeOf, outputOf } from "./graph.ts";

/**
 * A graph that TensorFlow runs as it is written. Left to itself its optimiser, Grappler, makes another graph of it, which
 * gives other numbers where its rules don't look closely: of max(a x, x) it makes a leaky ReLU whatever a is, of x / 3e38
 * x · 0, of ¬(a < b) a ≥ b though a may be NaN, of the argMax of relu(x) that of x, of a layer norm one with another ε; a
 * ReLU that it fuses with a convolution or a batch norm makes 0 of NaN. Some rules take the first part of a batch for the second.
 *
 * Nearly all of its rules leave nodes alone that have an attribute. For the others an `Identity` stands in front of the
 * ops that they start at, which ends the pattern and costs nothing.
 *
 * One fusion stays, which is right and saves a pass over memory: convolution with bias. That of batch norm in training with
 * ReLU makes 0 of NaN, and a training step of six such layers takes as long without it.
 */
export function asWritten(graph: Graph): Graph {
  const nodes = new Map(graph.map((node) => [node.name, node])), takers = takersOf(graph);
  const types = new Map(
    graph.flatMap((node) => node.outputs.map(({ dtype }, i) => [outputOf(node, i), dtype])),
  );
  const hidden = new Map<string, GraphNode>();
  const behindIdentity = (tensor: string): string => {
    const name = `hidden${hidden.size}`, T = { kind: "type", value: types.get(tensor)! } as const;
    const known = hidden.get(tensor) ??
      { name, op: "Identity", inputs: [tensor], outputs: [], attributes: { T, ...KEPT } };
    hidden.set(tensor, known);
    return outputOf(known);
  };
  const mayBeFused = (node: GraphNode): boolean => {
    // So that the filter of a convolution is a constant.
    if (node.op === "Cast") return node.attributes.DstT?.value === BFLOAT16 && isConstant(node, nodes);
    const [taker, ...others] = takers.get(node.name) ?? [];
    if (taker === undefined || others.length > 0) return false;
    return node.op === "Conv2D" && addsBias(taker, node, nodes) && !goesToLeakyReluAndElsewhere(taker);
  };
  // The optimiser would fuse the leaky ReLU, too, finds that others read the sum, and gives up with an error message.
  const goesToLeakyReluAndElsewhere = ({ name }: GraphNode): boolean => {
    const readers = takers.get(name) ?? [];
    return readers.length > 1 && readers.some(({ op }) => op === "LeakyRelu");
  };
  const written = graph.map((node): GraphNode => ({
    ...node,
    inputs: STARTS.has(node.op) ? node.inputs.map(behindIdentity) : node.inputs,
    attributes: mayBeFused(node) ? node.attributes : { ...node.attributes, ...KEPT },
  }));
  return [...written, ...hidden.values()];
}

/** A node that has it is neither removed nor taken into another one. */
const KEPT: GraphNode["attributes"] = { _grappler_do_not_remove: { kind: "bool", value: true } };

/** Ops at which rules start that don't ask for the attribute. */
const STARTS = new Set(["Maximum", "Pow", "RealDiv", "Reciprocal"]);

/** Whether a node is a constant, or one of another type. */
function isConstant({ op, inputs }: GraphNode, nodes: ReadonlyMap<string, GraphNode>): boolean {
  return op === "Const" || (op === "Cast" && nodes.get(nodeOf(inputs[0]!))!.op === "Const");
}

/** Whether a node adds a number for each channel to a convolution. */
function addsBias(node: GraphNode, sum: GraphNode, nodes: ReadonlyMap<string, GraphNode>): boolean {
  if (node.op !== "Add" && node.op !== "AddV2") return false;
  const [bias] = node.inputs.map((tensor) => nodes.get(nodeOf(tensor))!).filter(({ name }) =>
    name !== sum.name
  );
  return bias !== undefined && isConstant(bias, nodes) &&
    bias.outputs[0]!.shape.join() === `${sum.outputs[0]!.shape.at(-1)}`;
}

/** For each node, the nodes that take an output of it. */
function takersOf(graph: Graph): ReadonlyMap<string, readonly GraphNode[]> {
  const takers = new Map<string, GraphNode[]>();
  for (const node of graph) {
    for (const name of new Set(node.inputs.map(nodeOf))) {
      const known = takers.get(name);
      if (known === undefined) takers.set(name, [node]);
      else known.push(node);
    }
  }
  return takers;
}
