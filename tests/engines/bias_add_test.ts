import { assertEquals } from "@std/assert";
import { withBiasAdd } from "../../lib/engines/tensorflow/bias_add.ts";
import { FLOAT32, type Graph, type GraphNode } from "../../lib/engines/tensorflow/graph.ts";

function node(op: string, name: string, shape: number[], ...inputs: string[]): GraphNode {
  return {
    name,
    op,
    inputs: inputs.map((input) => `${input}:0`),
    outputs: [{ shape, dtype: FLOAT32 }],
    attributes: { T: { kind: "type", value: FLOAT32 } },
  };
}

function sum(bias: GraphNode, op = "Add", after: Graph = [relu]): string {
  const graph: Graph = [
    node("Conv2D", "sum", [2, 8, 8, 4], "in0", "kernel"),
    bias,
    node(op, "biased", [2, 8, 8, 4], "sum", "bias"),
    ...after,
  ];
  return withBiasAdd(graph)[2]!.op;
}

const relu = node("Relu", "out0", [2, 8, 8, 4], "biased");
const shortcut = node("Add", "both", [2, 8, 8, 4], "biased", "in0");
const afterwards = node("Relu", "out0", [2, 8, 8, 4], "both");

Deno.test("A convolution's sum with a vector of its channels becomes a BiasAdd", () => {
  assertEquals(sum(node("Const", "bias", [4])), "BiasAdd");
  assertEquals(sum(node("Const", "bias", [4]), "AddV2"), "BiasAdd");
  assertEquals(sum(node("Const", "bias", [4]), "Add", [shortcut, afterwards]), "BiasAdd");
});

Deno.test("Other sums stay as they are", () => {
  assertEquals(sum(node("Const", "bias", [1])), "Add");
  assertEquals(sum(node("Const", "bias", [])), "Add");
  assertEquals(sum(node("Const", "bias", [8, 8, 4])), "Add");
  assertEquals(sum(node("Placeholder", "bias", [4])), "Add");
  assertEquals(sum(node("Const", "bias", [4]), "Sub"), "Sub");
});

Deno.test("A sum that others look at as well stays as it is, with a shortcut or without", () => {
  const bias = node("Const", "bias", [4]);
  assertEquals(sum(bias, "Add", [relu, node("Greater", "out1", [2, 8, 8, 4], "biased", "zero")]), "Add");
  assertEquals(
    sum(bias, "Add", [shortcut, afterwards, node("Greater", "out1", [2, 8, 8, 4], "both", "zero")]),
    "Add",
  );
});

Deno.test("What is added to something else than a convolution stays as it is", () => {
  const graph: Graph = [
    node("Relu", "relu", [2, 8, 8, 4], "in0"),
    node("Const", "bias", [4]),
    node("Add", "out0", [2, 8, 8, 4], "relu", "bias"),
  ];
  assertEquals(withBiasAdd(graph), graph);
});
