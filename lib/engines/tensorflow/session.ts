// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Compiled } from "../../tensor/compile.ts";
import { tf } from "../../tensor/tf.ts";
import type { Graph } from "./graph.ts";
import { asWritten } from "./as_written.ts";
import { savedModel } from "./saved_model.ts";

/** How many cores an op may take: all, or the one that its part of the batch is computed on. */
export type Cores = "all" | "one";

/**
 * A graph as a function of the tensors that its inputs `in0`, `in1`, … stand for.
 *
 * When a session is made, TensorFlow counts the cores and makes as many threads for the session's ops. So a session whose
 * ops must use one core is made while this thread is bound to one core. Threads that all sessions share choose which op
 * runs when.
 */
export function session(graph: Graph, cores: Cores): Compiled {
  const backend = tf.backend() as any, { binding } = backend;
  if (cores === "one" && !begun) { // the threads that are shared come with the first session, which must see all cores
    binding.deleteSavedModel(loaded(binding, NOTHING));
    begun = true;
  }
  const number = cores === "one" ? onOneCore(() => loaded(binding, graph)) : loaded(binding, graph);
  const named = (pattern: RegExp) => graph.filter(({ name }) => pattern.test(name));
  const placeholders = named(/^in\d+$/), outputs = named(/^out\d+$/);
  const names = (nodes: Graph) => nodes.map(({ name }) => `${name}:0`).join(",");
  const inputNames = names(placeholders), outputNames = names(outputs);
  const run = (...inputs: tf.Tensor[]): tf.Tensor[] => {
    const made = binding.runSavedModel(number, backend.getInputTensorIds(inputs), inputNames, outputNames);
    return made.map((meta: any) => backend.createOutputTensor(meta));
  };
  return Object.assign(run, { dispose: () => binding.deleteSavedModel(number) });
}

let begun = false;

const NOTHING: Graph = [
  { name: "nothing", op: "NoOp", inputs: [], outputs: [], attributes: {} },
];

const require = createRequire(import.meta.url);

function loaded(binding: any, graph: Graph): number {
  // The addon's own messages, which it reads models with, too.
  const messages = require(join(dirname(require.resolve("@tensorflow/tfjs-node-gpu")), "proto/api_pb.js"));
  const folder = Deno.makeTempDirSync({ prefix: "gcln-graph-" });
  try {
    Deno.writeFileSync(
      join(folder, "saved_model.pb"),
      savedModel(messages, asWritten(graph)),
    );
    return binding.loadSavedModel(folder, "serve");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Bytes of the kernel's set of processors; 1024 of them. */
const SET = 128;

/** Runs a function while its thread may run on one core only; where that can't be arranged, just runs it. */
function onOneCore<T>(fn: () => T): T {
  if (Deno.build.os !== "linux") return fn();
  const signature = { parameters: ["i32", "usize", "buffer"], result: "i32" } as const;
  const libc = Deno.dlopen("libc.so.6", { sched_getaffinity: signature, sched_setaffinity: signature });
  const { sched_getaffinity: get, sched_setaffinity: set } = libc.symbols;
  const all = new Uint8Array(SET), one = new Uint8Array(SET), size = BigInt(SET);
  try {
    if (get(0, size, all) < 0) return fn();
    const at = all.findIndex((bits) => bits !== 0);
    one[at] = all[at]! & -all[at]!; // the lowest bit
    if (set(0, size, one) < 0) return fn();
    try {
      return fn();
    } finally {
      set(0, size, all);
    }
  } finally {
    libc.close();
  }
}
