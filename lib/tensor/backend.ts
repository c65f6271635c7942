import { guess, valueText } from "../kinds/mod.ts";
import { BackendError } from "./backend_error.ts";
import { registerCompiler } from "./compile.ts";
import type { Engine } from "./engine.ts";
import { tf } from "./tf.ts";

/** The three engines: TensorFlow's C library, the GPU through WebGPU, and WebAssembly. */
export type BackendName = "tensorflow" | "webgpu" | "wasm";

/** The engine in use. */
export interface Backend {
  /** By the name that `useBackend` takes. */
  readonly name: BackendName;
  /** In words, for provenance: `tensorflow 2.21.0 (CPU)`. */
  readonly description: string;
}

/** The order of preference. */
export const backendNames: readonly BackendName[] = ["tensorflow", "webgpu", "wasm"];

let current: Promise<Backend | undefined> = Promise.resolve(undefined);

/** A name, if it is an engine's. */
function checked(name: string, source: string): BackendName {
  if (backendNames.includes(name as BackendName)) return name as BackendName;
  const meant = guess(String(name), backendNames);
  throw new RangeError(`${source} is ${valueText(name)}${meant || "."} Known are ${backendNames.join(", ")}`);
}

function wanted(): BackendName | undefined {
  const name = globalThis.Deno?.env.get("GCLN_BACKEND");
  return name ? checked(name, "GCLN_BACKEND") : undefined;
}

/** Each engine is loaded when it is first asked for. */
const engines: Readonly<Record<BackendName, () => Promise<{ start(): Promise<Engine> }>>> = {
  tensorflow: () => import("../engines/tensorflow.ts"),
  webgpu: () => import("../engines/webgpu.ts"),
  wasm: () => import("../engines/wasm.ts"),
};

async function start(name: BackendName): Promise<Backend> {
  const { description, compiler } = await (await engines[name]()).start();
  if (compiler !== undefined) registerCompiler(name, compiler);
  return { name, description };
}

async function fastest(): Promise<Backend> {
  let why: string | undefined;
  // A page has no C library, and asking for one would be an error on its console.
  for (const name of globalThis.Deno ? backendNames : backendNames.slice(1)) {
    try {
      const started = await start(name);
      if (why) console.warn(`Native TensorFlow is not used: ${why}. In its place: ${started.description}`);
      return started;
    } catch (error) {
      if (name === "wasm") throw error;
      if (name === "tensorflow" && error instanceof BackendError) why = error.message;
    }
  }
  throw new Error("No backend");
}

async function changed(running: Backend | undefined, name: BackendName | undefined): Promise<Backend> {
  if (running !== undefined && (name === undefined || running.name === name)) {
    // TensorFlow.js may have been sent elsewhere past this door.
    if (name !== undefined && tf.getBackend() !== name) await tf.setBackend(name);
    return running;
  }
  try {
    const next = name ?? wanted();
    return next === undefined ? await fastest() : await start(next);
  } catch (error) {
    // TensorFlow.js forgets the engine it had when another one fails to start.
    if (running !== undefined) await tf.setBackend(running.name);
    throw error;
  }
}

/**
 * Starts the fastest engine that is there, or the one that is named, and says which.
 *
 * Without a name: the one that runs already, else the environment's `GCLN_BACKEND`, else TensorFlow's C library, else a
 * hardware GPU through WebGPU, else WebAssembly. An engine starts once; going back to it is quick, and tensors of the
 * native and wasm engines stay usable. Where the named engine can't be had, the one that ran before stays in use. Where
 * none is named and TensorFlow's library is missing or damaged, one line on standard error says so, and what mends it.
 *
 * The environment's `GCLN_THREADS` says how many threads WebAssembly takes, at most 8 (default: the machine's cores).
 *
 * @param name The engine to use.
 * @throws {RangeError} Where there is no engine of this name.
 * @throws {BackendError} Where the named engine can't be had, with the reason.
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
export async function useBackend(name?: BackendName): Promise<Backend> {
  if (name !== undefined) checked(name, "The backend");
  // One change at a time: what a call finds running is what an earlier one settled on.
  const before = current, change = before.then((running) => changed(running, name));
  current = change.catch(() => before);
  return await change;
}

/** The running engine's name, as TensorFlow.js knows it. */
export function backendName(): string {
  return tf.getBackend();
}
