// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { floats, type WasmBackend } from "./wasm_heap.ts";
import { replaceKernel } from "./wasm_kernels.ts";

function elementwise(kernelName: string, f: (value: number) => number): void {
  replaceKernel(kernelName, ({ inputs: { x }, backend }: any) => {
    const result = (backend as WasmBackend).makeOutput(x.shape, x.dtype);
    const from = floats(backend, x), to = floats(backend, result);
    for (let i = 0; i < to.length; i++) to[i] = f(from[i]!);
    return result;
  });
}

/**
 * Replaces kernels that are wrong near zero: the package's `Sign` is 0 up to 1e-7, where the gradients of sure
 * predictions lie, so that attacks would leave such pixels alone; its `Log1p` forgets what is small beside 1.
 */
export function registerElementwise(): void {
  elementwise("Sign", (value) => value > 0 ? 1 : value < 0 ? -1 : value);
  elementwise("Log1p", Math.log1p);
}
