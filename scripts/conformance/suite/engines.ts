// deno-lint-ignore-file no-explicit-any -- packages without types
import util from "node:util";
import { fileURLToPath } from "node:url";
import { quietly } from "../../../lib/engines/tensorflow/quiet.ts";
import { tf, useBackend } from "../../../lib/tensor/mod.ts";

/** Starts TensorFlow's C library with the package's own kernels alone. */
async function plainTensorflow(): Promise<void> {
  (util as any).isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  Deno.env.set("TF_CPP_MIN_LOG_LEVEL", "2");
  await quietly(() => import("@tensorflow/tfjs-node-gpu"));
  await tf.setBackend("tensorflow");
}

/** Starts WebAssembly with the package's own kernels and threads. */
async function plainWasm(): Promise<void> {
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(fileURLToPath(new URL(".", import.meta.resolve("@tensorflow/tfjs-backend-wasm"))));
  await tf.setBackend("wasm");
}

/** The engines that the suite runs on: the kit's, and TensorFlow.js's packages as they are. */
export const engines = {
  tensorflow: () => useBackend("tensorflow"),
  wasm: () => useBackend("wasm"),
  "plain-tensorflow": plainTensorflow,
  "plain-wasm": plainWasm,
  cpu: () => tf.setBackend("cpu"),
} as const satisfies Readonly<Record<string, () => Promise<unknown>>>;

/** The name of an engine. */
export type EngineName = keyof typeof engines;
