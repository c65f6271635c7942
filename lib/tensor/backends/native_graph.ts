// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
/**
 * The native backend's compiler: records the TensorFlow ops that one call of a function executes, writes them as a
 * graph, and runs the graph in one session call. TensorFlow then fuses convolution, bias and ReLU, folds constants,
 * and schedules branches side by side.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Compiled, type CompileOptions, registerCompiler, type TensorFunction } from "../compile.ts";
import { tf } from "../tf.ts";
import { inBfloat16 } from "./native_graph/in_bfloat16.ts";
import { record } from "./native_graph/record.ts";
import { savedModel } from "./native_graph/saved_model.ts";

/** Registers the compiler for the native backend. */
export function registerGraphCompiler(): void {
  const require = createRequire(import.meta.url);
  const messages = require(join(dirname(require.resolve("@tensorflow/tfjs-node-gpu")), "proto/api_pb.js"));
  registerCompiler("tensorflow", (fn, examples, options) => compiled(messages, fn, examples, options));
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

function compiled(
  messages: any,
  fn: TensorFunction,
  examples: readonly tf.Tensor[],
  { precision = "float32" }: CompileOptions,
): Compiled {
  const backend = tf.backend() as any;
  const { binding } = backend;
  const own = apart(examples);
  const { graph, outputs } = record(fn, own);
  own.forEach((tensor, i) => tensor !== examples[i] && tensor.dispose());
  const folder = Deno.makeTempDirSync({ prefix: "gcln-graph-" });
  let session: number;
  try {
    const written = savedModel(messages, precision === "bfloat16" ? inBfloat16(graph) : graph);
    Deno.writeFileSync(join(folder, "saved_model.pb"), written);
    session = binding.loadSavedModel(folder, "serve");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  const inputNames = examples.map((_, i) => `in${i}:0`).join(",");
  const outputNames = Array.from({ length: outputs }, (_, i) => `out${i}:0`).join(",");
  const shapes = examples.map((x) => x.shape);
  const run = (...inputs: tf.Tensor[]): tf.Tensor[] => {
    inputs.forEach((x, i) => {
      if (!tf.util.arraysEqual(x.shape, shapes[i]!)) {
        throw new RangeError(`Compiled for input ${i} of shape [${shapes[i]}], got [${x.shape}]`);
      }
    });
    const made = binding.runSavedModel(session, backend.getInputTensorIds(inputs), inputNames, outputNames);
    return made.map((meta: any) => backend.createOutputTensor(meta));
  };
  return Object.assign(run, { dispose: () => binding.deleteSavedModel(session) });
}
