import { tf } from "./tf.ts";

/** The three engines: TensorFlow's C library, the GPU through WebGPU, and WebAssembly. */
export type BackendName = "tensorflow" | "webgpu" | "wasm";

/** What is in use. */
export interface Backend {
  readonly name: BackendName;
  /** In words, for provenance: `tensorflow 2.21.0 (CPU)`. */
  readonly description: string;
}

/** The order of preference. */
export const backendNames: readonly BackendName[] = ["tensorflow", "webgpu", "wasm"];

let current: Promise<Backend> | undefined;

async function start(name: BackendName): Promise<Backend> {
  switch (name) {
    case "tensorflow":
      return { name, description: await (await import("./backends/tensorflow.ts")).start() };
    case "webgpu":
      return { name, description: await (await import("./backends/webgpu.ts")).start() };
    case "wasm":
      return { name, description: await (await import("./backends/wasm.ts")).start() };
    default:
      return name satisfies never;
  }
}

function wanted(): BackendName | undefined {
  const name = globalThis.Deno?.env.get("GCLN_BACKEND");
  if (name === undefined || name === "") return undefined;
  if (backendNames.includes(name as BackendName)) return name as BackendName;
  throw new RangeError(`GCLN_BACKEND is ${name}; known are ${backendNames.join(", ")}`);
}

async function fastest(): Promise<Backend> {
  for (const name of backendNames) {
    try {
      return await start(name);
    } catch (error) {
      if (name === "wasm") throw error;
    }
  }
  throw new Error("No backend");
}

/**
 * Starts the fastest engine that is there, or the one that is named, and says which.
 *
 * Without a name: the environment's `GCLN_BACKEND`, else TensorFlow's C library, else a hardware GPU through
 * WebGPU, else WebAssembly. A second call without a name, or with the same one, changes nothing.
 *
 * @param name The engine to use.
 * @throws {Error} Where the named engine can't be had, with the reason.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { backendNames, useBackend } from "@gcln/kit/tensor";
 *
 * const { name } = await useBackend();
 * assert(backendNames.includes(name));
 * ```
 */
export async function useBackend(name: BackendName | undefined = wanted()): Promise<Backend> {
  if (current !== undefined) {
    const running = await current.catch(() => undefined);
    if (running !== undefined && (name === undefined || running.name === name)) return running;
  }
  current = name === undefined ? fastest() : start(name);
  return await current;
}

/** The running engine's name, as TensorFlow.js knows it. */
export function backendName(): string {
  return tf.getBackend();
}
