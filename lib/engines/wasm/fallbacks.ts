// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import { tf } from "../../tensor/tf.ts";
import { floats, type Info, type WasmBackend } from "./heap.ts";

/** What is used of the backend in plain JavaScript. */
interface CpuBackend {
  firstUse: boolean;
  makeTensorInfo(shape: readonly number[], dtype: tf.DataType, values: tf.TypedArray): Info;
  readSync(dataId: Info["dataId"]): tf.TypedArray;
  disposeIntermediateTensorInfo(info: Info): void;
}

/** Every kernel that the plain JavaScript backend has and wasm lacks, by a copy to there and back. */
export function registerCpuFallbacks(): void {
  const cpu = tf.engine().findBackend("cpu") as unknown as CpuBackend;
  cpu.firstUse = false; // else it prints a banner
  const present = new Set(tf.getKernelsForBackend("wasm").map(({ kernelName }) => kernelName));
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend("cpu")) {
    if (present.has(kernelName)) continue;
    tf.registerKernel({
      kernelName,
      backendName: "wasm",
      kernelFunc: ({ inputs, backend, attrs }: any) => {
        const copies: Info[] = [];
        const there = (given: any): any => {
          if (given === null || given === undefined) return given;
          if (Array.isArray(given)) return given.map(there);
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
        const moved = Array.isArray(inputs)
          ? inputs.map(there)
          : Object.fromEntries(Object.entries(inputs).map(([name, given]) => [name, there(given)]));
        const result = kernelFunc({ inputs: moved as any, backend: cpu as any, attrs }) as Info | Info[];
        const output = Array.isArray(result) ? result.map(back) : back(result);
        for (const copy of copies) cpu.disposeIntermediateTensorInfo(copy);
        return output as any;
      },
    });
  }
}
