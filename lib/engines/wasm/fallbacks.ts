// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { tf } from "../../tensor/tf.ts";
import { mapped } from "./graph.ts";
import { floats, type Info, type WasmBackend } from "./heap.ts";
import { replaceKernel } from "./registry.ts";

/** What is used of the backend in plain JavaScript. */
interface CpuBackend {
  firstUse: boolean;
  makeTensorInfo(shape: readonly number[], dtype: tf.DataType, values: tf.TypedArray): Info;
  readSync(dataId: Info["dataId"]): tf.TypedArray;
  disposeIntermediateTensorInfo(info: Info): void;
}

type Kernel = (given: any) => any;

/** A kernel of the plain JavaScript backend, by a copy to there and back. */
function byCopies(kernelFunc: Kernel): Kernel {
  const cpu = tf.engine().findBackend("cpu") as unknown as CpuBackend;
  cpu.firstUse = false; // else it prints a banner
  return ({ inputs, backend, attrs }) => {
    const copies: Info[] = [];
    const there = (given: Info): Info => {
      const copy = cpu.makeTensorInfo(given.shape, given.dtype, backend.readSync(given.dataId));
      copies.push(copy);
      return copy;
    };
    const back = (result: Info): Info => {
      const values = cpu.readSync(result.dataId);
      const copy = (backend as WasmBackend).makeOutput(result.shape, result.dtype);
      floats(backend, copy).set(values);
      cpu.disposeIntermediateTensorInfo(result);
      return copy;
    };
    const result = kernelFunc({ inputs: mapped(inputs, there), backend: cpu, attrs }) as Info | Info[];
    const output = Array.isArray(result) ? result.map(back) : back(result);
    for (const copy of copies) cpu.disposeIntermediateTensorInfo(copy);
    return output;
  };
}

/** Whether `alpha` has a number for each of x's last axes, as many as it has itself. */
const isLast = (alpha: Info, x: Info): boolean =>
  tf.util.arraysEqual(alpha.shape as number[], x.shape.slice(x.shape.length - alpha.shape.length));

/**
 * Every kernel that the plain JavaScript backend has and wasm lacks; and `Prelu` where the slopes are not those of the
 * last axes: the package takes them for these whatever their shape is.
 */
export function registerCpuFallbacks(): void {
  const present = new Set(tf.getKernelsForBackend("wasm").map(({ kernelName }) => kernelName));
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend("cpu")) {
    if (!present.has(kernelName)) replaceKernel(kernelName, byCopies(kernelFunc as Kernel));
  }
  const [stock, plain] = ["wasm", "cpu"].map((backend) =>
    tf.getKernel("Prelu", backend)!.kernelFunc as Kernel
  );
  const general = byCopies(plain!);
  replaceKernel(
    "Prelu",
    (given) => isLast(given.inputs.alpha, given.inputs.x) ? stock!(given) : general(given),
  );
}
