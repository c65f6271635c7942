import type * as Wasm from "@tensorflow/tfjs-backend-wasm";
import { BackendError } from "../tensor/backend_error.ts";
import type { Engine } from "../tensor/engine.ts";
import { tf } from "../tensor/tf.ts";
import { registerGradients } from "./gradients.ts";
import { registerBatchNorm } from "./wasm/batch_norm.ts";
import { registerConvolutions } from "./wasm/conv2d.ts";
import { registerElementwise } from "./wasm/elementwise.ts";
import { startEngine, withMemory } from "./wasm/engine.ts";
import { registerCpuFallbacks } from "./wasm/fallbacks.ts";
import { kernelCompiler } from "./wasm/graph_compiler.ts";
import { refuseWhenFull, type WasmBackend } from "./wasm/heap.ts";
import { registerMatrixProduct } from "./wasm/matrix_product.ts";
import { registerMoves } from "./wasm/moves.ts";
import { PackedFilters } from "./wasm/packed_filters.ts";
import { registerPooling } from "./wasm/pooling.ts";
import { registerSums } from "./wasm/sums.ts";
import type { Surroundings } from "./wasm/surroundings.ts";

/** Where this runs. Each file is loaded where it is of use: a page knows no module of Node. */
async function surroundings(): Promise<Surroundings> {
  if (globalThis.Deno) return (await import("./wasm/program.ts")).program();
  return (await import("./wasm/page.ts")).page();
}

async function startThreads(wasm: typeof Wasm, threads: number, around: Surroundings): Promise<boolean> {
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threads > 1);
  wasm.setThreadsCount(threads);
  if (threads === 1) return await tf.setBackend("wasm");
  try {
    return await around.startPackage(threads, () => tf.setBackend("wasm"));
  } catch {
    return false;
  }
}

/** Starts the WebAssembly backend, with threads where they can be had. */
export async function start(): Promise<Engine> {
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  const first = tf.engine().registry["wasm"] === undefined;
  if (!first) {
    await tf.setBackend("wasm");
  } else {
    const around = await surroundings();
    wasm.setWasmPaths(around.folder);
    const [started, memory] = await withMemory(async () =>
      await startThreads(wasm, around.threads, around) || await startThreads(wasm, 1, around)
    );
    if (!started || !memory) throw new BackendError("The wasm backend did not start");
    const backend = tf.backend() as unknown as WasmBackend;
    refuseWhenFull(backend);
    const engine = startEngine(backend, memory, wasm.getThreadsCount(), around);
    const machine = { backend, engine, filters: new PackedFilters(backend) };
    // Else the threads, which wait for work, would keep the process from ending.
    const { PThread } = backend.wasm;
    for (const worker of [...PThread?.runningWorkers ?? [], ...PThread?.unusedWorkers ?? []]) worker.unref();
    registerMatrixProduct();
    registerConvolutions(machine);
    registerBatchNorm(machine);
    registerMoves();
    registerElementwise(machine);
    registerPooling();
    registerSums();
    registerCpuFallbacks();
    registerGradients();
  }
  const threads = wasm.getThreadsCount();
  return {
    description: `wasm (${threads} ${threads === 1 ? "thread" : "threads"})`,
    compiler: kernelCompiler(tf.backend() as unknown as WasmBackend),
  };
}
