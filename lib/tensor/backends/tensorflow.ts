// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
import util from "node:util";
import { BackendError } from "../backend_error.ts";
import { tf } from "../tf.ts";
import { quietly } from "./quiet.ts";
import { registerGraphCompiler } from "./native_graph.ts";
import { registerNativeKernels } from "./native_kernels.ts";

/** Starts TensorFlow's C library through `@tensorflow/tfjs-node-gpu`; returns its description. */
export async function start(): Promise<string> {
  // The package calls a function that Node has dropped.
  (util as any).isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  Deno.env.set("TF_CPP_MIN_LOG_LEVEL", Deno.env.get("TF_CPP_MIN_LOG_LEVEL") ?? "2");
  Deno.env.set("TF_OVERRIDE_GLOBAL_THREADPOOL", "true"); // each graph has threads of its own: see native_graph/session.ts
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
  registerGraphCompiler();
  const { binding, isUsingGpuDevice } = tf.backend() as any;
  return `tensorflow ${binding.TF_Version} (${isUsingGpuDevice ? "CUDA" : "CPU"})`;
}
