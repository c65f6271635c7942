// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
/**
 * The native backend's compiler: records the TensorFlow ops that one call of a function executes, writes them as a
 * graph, and runs the graph in one session call. TensorFlow then fuses convolution, bias and ReLU, folds constants,
 * and schedules branches side by side: a batch is cut into as many parts as there are cores, where what is computed lets it.
 */
import { type Compiled, type CompileOptions, registerCompiler, type TensorFunction } from "../compile.ts";
import { tf } from "../tf.ts";
import type { Graph } from "./native_graph/graph.ts";
import { withBiasAdd } from "./native_graph/bias_add.ts";
import { inBfloat16 } from "./native_graph/in_bfloat16.ts";
import { inParts } from "./native_graph/in_parts.ts";
import { record } from "./native_graph/record.ts";
import { session } from "./native_graph/session.ts";

/** Registers the compiler for the native backend. */
export function registerGraphCompiler(): void {
  registerCompiler("tensorflow", compiled);
}

/** The examples, with copies for those that share their values with an earlier one: each input needs a name of its own. */
function apart(examples: readonly tf.Tensor[]): tf.Tensor[] {
  const seen = new Set<object>();
  return examples.map((x) => {
    if (seen.has(x.dataId)) return tf.tensor(x.dataSync(), x.shape, x.dtype);
    seen.add(x.dataId);
    return x;
  });
}

/** Fewer images than these are not worth a part of their own. */
const LEAST = 4;

/** A graph with a part of the batch for each core, where it can be cut. */
function cut(graph: Graph): Graph | undefined {
  if ((tf.backend() as any).isUsingGpuDevice) return undefined;
  const cores = navigator.hardwareConcurrency, batch = graph[0]?.outputs[0]?.shape[0] ?? 0;
  return cores > 1 && batch >= LEAST * cores ? inParts(graph, cores) : undefined;
}

function compiled(
  fn: TensorFunction,
  examples: readonly tf.Tensor[],
  { precision = "float32" }: CompileOptions,
): Compiled {
  const own = apart(examples), graph = withBiasAdd(record(fn, own));
  own.forEach((tensor, i) => tensor !== examples[i] && tensor.dispose());
  const parts = cut(graph), whole = parts ?? graph;
  return session(precision === "bfloat16" ? inBfloat16(whole) : whole, parts === undefined ? "all" : "one");
}
