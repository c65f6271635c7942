// deno-lint-ignore-file no-explicit-any -- the addon has no types of its own
import { fileURLToPath } from "node:url";
import util from "node:util";
import { BackendError } from "../tensor/backend_error.ts";
import type { Engine } from "../tensor/engine.ts";
import { tf } from "../tensor/tf.ts";
import { nativeDamage } from "./tensorflow/native_files.ts";
import { quietly } from "./tensorflow/quiet.ts";
import { graphCompiler } from "./tensorflow/graph_compiler.ts";
import { registerNativeKernels } from "./tensorflow/kernels.ts";

/** Where npm has the addon that joins TensorFlow.js and TensorFlow's C library. */
function addonPath(): string {
  const main = import.meta.resolve("@tensorflow/tfjs-node-gpu");
  return fileURLToPath(new URL("../lib/napi-v8/tfjs_binding.node", main));
}

/** What is wrong with the files on the disk; undefined where nothing is, or where npm keeps them elsewhere. */
function damage(): string | undefined {
  let addon: string;
  try {
    addon = addonPath();
  } catch {
    return undefined; // the import below says what is missing
  }
  return nativeDamage(addon);
}

/** Starts TensorFlow's C library through `@tensorflow/tfjs-node-gpu`. */
export async function start(): Promise<Engine> {
  const damaged = damage(); // loading a file that is cut off would end the process
  if (damaged) throw new BackendError(`${damaged}; \`deno task setup --force\` makes it anew`);
  // The package calls a function that Node has dropped.
  (util as any).isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  Deno.env.set("TF_CPP_MIN_LOG_LEVEL", Deno.env.get("TF_CPP_MIN_LOG_LEVEL") ?? "2");
  Deno.env.set("TF_OVERRIDE_GLOBAL_THREADPOOL", "true"); // each graph has threads of its own: see tensorflow/session.ts
  try {
    await quietly(() => import("@tensorflow/tfjs-node-gpu"));
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new BackendError(`it does not load (${why}); \`deno task setup --force\` makes it anew`, {
      cause: error,
    });
  }
  if (!await tf.setBackend("tensorflow")) {
    throw new BackendError("TensorFlow's library loads but does not start");
  }
  registerNativeKernels();
  const { binding, isUsingGpuDevice } = tf.backend() as any;
  return {
    description: `tensorflow ${binding.TF_Version} (${isUsingGpuDevice ? "CUDA" : "CPU"})`,
    compiler: graphCompiler,
  };
}
