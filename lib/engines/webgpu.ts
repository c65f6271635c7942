import { BackendError } from "../tensor/backend_error.ts";
import type { Engine } from "../tensor/engine.ts";
import { tf } from "../tensor/tf.ts";

/** Names of adapters that compute on the CPU. */
const SOFTWARE = /llvmpipe|lavapipe|softpipe|swiftshader|basic render|warp/i;

/** Whether an adapter computes on the CPU, by its own description. */
export function isSoftware(info: Pick<GPUAdapterInfo, "description" | "isFallbackAdapter">): boolean {
  return info.isFallbackAdapter || SOFTWARE.test(info.description);
}

/**
 * Starts WebGPU on a hardware adapter. It has no compiler.
 *
 * A software adapter is slower than WebAssembly, so it is refused. With `GCLN_WEBGPU_SOFTWARE=1` in the environment it is
 * taken: tests of the kernels need that.
 */
export async function start(): Promise<Engine> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new BackendError("WebGPU finds no adapter here");
  const name = adapter.info.description || adapter.info.vendor || "unnamed adapter";
  if (isSoftware(adapter.info) && globalThis.Deno?.env.get("GCLN_WEBGPU_SOFTWARE") !== "1") {
    throw new BackendError(`WebGPU finds no hardware GPU here, only ${name}`);
  }
  await import("@tensorflow/tfjs-backend-webgpu");
  if (!await tf.setBackend("webgpu")) throw new BackendError(`WebGPU did not start on ${name}`);
  return { description: `webgpu (${name})` };
}
