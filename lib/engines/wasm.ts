import type * as Wasm from "@tensorflow/tfjs-backend-wasm";
import { fileURLToPath } from "node:url";
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
import { withThreads } from "./wasm/package_threads.ts";
import { PackedFilters } from "./wasm/packed_filters.ts";
import { registerPooling } from "./wasm/pooling.ts";
import { registerSums } from "./wasm/sums.ts";

/** The package starts no more than these. */
const MOST_THREADS = 8;

function wantedThreads(): number {
  const threads = Number(Deno.env.get("GCLN_THREADS") ?? navigator.hardwareConcurrency);
  if (!(threads >= 1)) {
    throw new RangeError(`GCLN_THREADS is ${Deno.env.get("GCLN_THREADS")}; wanted is 1 or more`);
  }
  return Math.min(Math.floor(threads), MOST_THREADS);
}

async function startThreads(wasm: typeof Wasm, threads: number): Promise<boolean> {
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threads > 1);
  wasm.setThreadsCount(threads);
  if (threads === 1) return await tf.setBackend("wasm");
  try {
    return await withThreads(threads, () => tf.setBackend("wasm"));
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
    wasm.setWasmPaths(fileURLToPath(new URL(".", import.meta.resolve("@tensorflow/tfjs-backend-wasm"))));
    const threads = wantedThreads();
    const [started, memory] = await withMemory(async () =>
      await startThreads(wasm, threads) || await startThreads(wasm, 1)
    );
    if (!started || !memory) throw new BackendError("The wasm backend did not start");
    const backend = tf.backend() as unknown as WasmBackend;
    refuseWhenFull(backend);
    const engine = startEngine(backend, memory, wasm.getThreadsCount());
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
