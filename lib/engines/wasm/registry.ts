// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { tf } from "../../tensor/tf.ts";
import type { Info, WasmBackend } from "./heap.ts";

const BACKEND = "wasm";

/** Runs a kernel of the wasm backend on bare tensors, outside of the tape and the scopes. */
export function runKernel(
  backend: WasmBackend,
  name: string,
  inputs: Record<string, Info>,
  attrs: unknown,
): Info {
  const kernel = tf.getKernel(name, BACKEND);
  if (!kernel) throw new Error(`The wasm backend has no kernel ${name}`);
  return kernel.kernelFunc({ inputs, backend, attrs: attrs as tf.NamedAttrMap }) as Info;
}

const replaced = new Set<string>();

/** Whether a kernel of the package was replaced. */
export function isReplaced(kernelName: string): boolean {
  return replaced.has(kernelName);
}

/** Puts a kernel in the place of the package's own, if there is one; the setup of that one stays. */
export function replaceKernel(kernelName: string, kernelFunc: (given: any) => Info | Info[]): void {
  const stock = tf.getKernel(kernelName, BACKEND);
  replaced.add(kernelName);
  if (stock) tf.unregisterKernel(kernelName, BACKEND);
  const setupFunc = stock?.setupFunc ? { setupFunc: stock.setupFunc } : {};
  tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc, ...setupFunc });
}
