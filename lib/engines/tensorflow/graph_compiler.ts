// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
/**
 * The native engine's compiler: records the TensorFlow ops that one call of a function executes, writes them as a
 * graph, and runs the graph in one session call. TensorFlow then schedules branches side by side: a batch is cut into
 * parts, where that pays.
 */
import type { Compiler } from "../../tensor/compile.ts";
import { tf } from "../../tensor/tf.ts";
import { type Graph, outputOf } from "./graph.ts";
import { inBfloat16 } from "./in_bfloat16.ts";
import { inParts } from "./in_parts.ts";
import { record } from "./record.ts";
import { session } from "./session.ts";

/** The examples; one that shares its values with an earlier one is copied, since each input needs a name of its own. */
function apart(examples: readonly tf.Tensor[]): tf.Tensor[] {
  const seen = new Set<object>();
  return examples.map((x) => {
    if (seen.has(x.dataId)) return tf.tensor(x.dataSync(), x.shape, x.dtype);
    seen.add(x.dataId);
    return x;
  });
}

/** The least images of a part; with fewer, a part costs more than it saves. */
const LEAST = 4;

/**
 * The most images of a part that are convolved. More are 5 % slower; and where a graph that is not cut convolves as many in the same process,
 * TensorFlow's caches of primitives, one for each thread, get in each other's way: 64 images took twice their time. Steps of
 * training have a part for each core all the same, since parts of a batch norm wait for each other.
 */
const MOST = 32;

/** How many parts there are for each core at most, since each part has nodes of its own. */
const PARTS = 8;

/**
 * With a larger convolution than this (in products of two numbers), a training step with batch norms is not cut: batch
 * norms in parts then cost more than threads that wait. On two cores ResNet-18 gains an eighth by parts at width 16 and
 * batches of 16, and a twentieth at batches of 64; at width 64 and batches of 16 it would lose a sixth.
 */
const PRODUCTS = 2 ** 28;

/** A graph with a part of the batch for each core, or more of them, where that pays and it can be cut. */
function cut(graph: Graph): Graph | undefined {
  if ((tf.backend() as any).isUsingGpuDevice) return undefined;
  const cores = navigator.hardwareConcurrency, batch = graph[0]?.outputs[0]?.shape[0] ?? 0;
  if (cores === 1 || batch < LEAST * cores) return undefined;
  const largest = largestConvolution(graph);
  if (normalisesBatches(graph)) return largest > PRODUCTS ? undefined : inParts(graph, cores);
  const more = largest > 0 ? Math.min(Math.ceil(batch / MOST), PARTS * cores) : 0;
  return inParts(graph, Math.max(cores, more));
}

function normalisesBatches(graph: Graph): boolean {
  return graph.some(({ op, attributes }) =>
    op === "FusedBatchNormV3" && attributes.is_training?.value === true
  );
}

/** How many products of two numbers the largest convolution adds up. */
function largestConvolution(graph: Graph): number {
  const shapes = new Map(graph.map((node) => [outputOf(node), node.outputs[0]?.shape ?? []]));
  return graph.reduce((largest, { op, inputs, outputs }) => {
    if (op !== "Conv2D") return largest;
    const filter = shapes.get(inputs[1]!)!.slice(0, -1); // without its output channels, which the output has
    return Math.max(largest, tf.util.sizeFromShape([...filter, ...outputs[0]!.shape]));
  }, 0);
}

/** The compiler of the native engine. */
export const graphCompiler: Compiler = (fn, examples, { precision = "float32" }) => {
  const own = apart(examples), graph = record(fn, own);
  own.forEach((tensor, i) => tensor !== examples[i] && tensor.dispose());
  const parts = cut(graph), whole = parts ?? graph;
  return session(precision === "bfloat16" ? inBfloat16(whole) : whole, parts === undefined ? "all" : "one");
};
