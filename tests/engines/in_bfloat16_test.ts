import { assertEquals } from "@std/assert";
import { BFLOAT16, FLOAT32, type Graph, type GraphNode } from "../../lib/engines/tensorflow/graph.ts";
import { inBfloat16 } from "../../lib/engines/tensorflow/in_bfloat16.ts";

/** A node of one float32 output, named after what follows the colon: `Relu:a`. */
function node(what: string, ...inputs: string[]): GraphNode {
  const [op, name] = what.split(":") as [string, string];
  return {
    name,
    op,
    inputs: inputs.map((input) => `${input}:0`),
    outputs: [{ shape: [1], dtype: FLOAT32 }],
    attributes: { T: { kind: "type", value: FLOAT32 } },
  };
}

/** What is computed in bfloat16, and what is cast, in the order of the graph. */
function lowered(graph: Graph): string[] {
  return inBfloat16(graph).flatMap(({ name, op, inputs, attributes }) => {
    if (op === "Cast") {
      return [`${inputs[0]!.split(":")[0]} ${attributes.DstT!.value === BFLOAT16 ? "↓" : "↑"}`];
    }
    return attributes.T!.value === BFLOAT16 ? [name] : [];
  });
}

Deno.test("Convolutions are lowered with what lies between them, casts stand at the borders", () => {
  const graph = [
    node("Placeholder:in0"),
    node("Const:kernel"),
    node("Conv2D:first", "in0", "kernel"),
    node("Relu:relu", "first"),
    node("Conv2D:second", "relu", "kernel"),
    node("Mean:mean", "second"),
    node("Identity:out0", "mean"),
  ];
  assertEquals(lowered(graph), ["in0 ↓", "kernel ↓", "first", "relu", "second", "second ↑"]);
});

Deno.test("What is rounded later stays as it is, what comes after is lowered", () => {
  const graph = [
    node("Placeholder:in0"),
    node("Const:kernel"),
    node("Conv2D:analysis", "in0", "kernel"),
    node("Round:levels", "analysis"),
    node("Conv2D:synthesis", "levels", "kernel"),
    node("Identity:out0", "synthesis"),
  ];
  assertEquals(lowered(graph), ["levels ↓", "kernel ↓", "synthesis", "synthesis ↑"]);
});

Deno.test("A graph without a convolution stays as it is", () => {
  const graph = [node("Placeholder:in0"), node("Relu:relu", "in0"), node("MatMul:out", "relu", "relu")];
  assertEquals(inBfloat16(graph), graph);
});

Deno.test("An input that is no float32 is not cast", () => {
  const sizes: GraphNode = { ...node("Const:sizes"), outputs: [{ shape: [4], dtype: 3 }] };
  const graph = [
    node("Placeholder:in0"),
    node("Const:kernel"),
    sizes,
    node("Conv2DBackpropInput:back", "sizes", "kernel", "in0"),
    node("Identity:out0", "back"),
  ];
  assertEquals(lowered(graph), ["kernel ↓", "in0 ↓", "back", "back ↑"]);
});
