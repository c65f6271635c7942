// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
import util from "node:util";
import { BackendError } from "../tensor/backend_error.ts";
import type { Engine } from "../tensor/engine.ts";
import { tf } from "../tensor/tf.ts";
import { quietly } from "./tensorflow/quiet.ts";
import { graphCompiler } from "./tensorflow/graph_compiler.ts";
import { registerNativeKernels } from "./tensorflow/kernels.ts";

/** Starts TensorFlow's C library through `@tensorflow/tfjs-node-gpu`. */
export async function start(): Promise<Engine> {
  // The package calls a function that Node has dropped.
  (util as any).isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  Deno.env.set("TF_CPP_MIN_LOG_LEVEL", Deno.env.get("TF_CPP_MIN_LOG_LEVEL") ?? "2");
  Deno.env.set("TF_OVERRIDE_GLOBAL_THREADPOOL", "true"); // each graph has threads of its own: see tensorflow/session.ts
  try {
    await quietly(() => import("@tensorflow/tfjs-node-gpu"));
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new BackendError(`The native backend is not there: run \`deno task setup\` (${why})`, {
      cause: error,
    });
  }
  if (!await tf.setBackend("tensorflow")) throw new BackendError("The native backend did not start");
  registerNativeKernels();
  const { binding, isUsingGpuDevice } = tf.backend() as any;
  return {
    description: `tensorflow ${binding.TF_Version} (${isUsingGpuDevice ? "CUDA" : "CPU"})`,
    compiler: graphCompiler,
  };
}
