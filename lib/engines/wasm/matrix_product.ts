// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { tf } from "../../tensor/tf.ts";
import { floats, free, type Info, type WasmBackend } from "./heap.ts";
import { replaceKernel, runKernel } from "./registry.ts";

/** Exchanges the last two axes. */
function transposed(backend: WasmBackend, x: Info): Info {
  const perm = x.shape.map((_, i) => i), last = perm.length - 1;
  [perm[last], perm[last - 1]] = [last - 1, last];
  return runKernel(backend, "Transpose", { x }, { perm });
}

/** The sides of a matrix, as the package first met it on the right of a product. */
const sides = new WeakMap<Info["dataId"], string>();

/**
 * The package keeps what XNNPACK makes of the right matrix for as long as its memory lives, whatever its shape is later:
 * one that was reshaped since then is copied.
 */
function asBefore(backend: WasmBackend, b: Info): Info {
  const shape = String(b.shape.slice(-2)), first = sides.get(b.dataId) ?? shape;
  sides.set(b.dataId, first);
  if (first === shape) return b;
  const copy = backend.makeOutput(b.shape, b.dtype);
  floats(backend, copy).set(floats(backend, b));
  return copy;
}

/**
 * Transposes a matrix product's operands before the product: with a transpose `BatchMatMul` does not use
 * XNNPACK but a plain loop, which is twenty times slower. Products of several matrices stay as they are.
 */
export function registerMatrixProduct(): void {
  const stock = tf.getKernel("BatchMatMul", "wasm")!.kernelFunc as (given: any) => Info;
  replaceKernel("BatchMatMul", (given) => {
    const { inputs: { a, b }, backend, attrs: { transposeA, transposeB } } = given;
    const single = [a, b].every((operand: Info) => operand.shape.slice(0, -2).every((size) => size === 1));
    if (!single) return stock(given);
    const left = transposeA ? transposed(backend, a) : a;
    const right = transposeB ? transposed(backend, b) : asBefore(backend, b);
    const inputs = { a: left, b: right };
    const result = stock({ inputs, backend, attrs: { transposeA: false, transposeB: false } });
    free(backend, ...[left, right].filter((operand) => operand !== a && operand !== b));
    return result;
  });
}
