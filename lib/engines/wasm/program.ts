import { fileURLToPath } from "node:url";
import { Worker as NodeWorker } from "node:worker_threads";
import { withThreads } from "./package_threads.ts";
import type { Surroundings } from "./surroundings.ts";

/** The package starts no more than these. */
const MOST_THREADS = 8;

function wantedThreads(): number {
  const threads = Number(Deno.env.get("GCLN_THREADS") ?? navigator.hardwareConcurrency);
  if (!(threads >= 1)) {
    throw new RangeError(`GCLN_THREADS is ${Deno.env.get("GCLN_THREADS")}; wanted is 1 or more`);
  }
  return Math.min(Math.floor(threads), MOST_THREADS);
}

/** A program: as many threads as the machine has cores, or as `GCLN_THREADS` says. */
export function program(): Surroundings {
  return {
    threads: wantedThreads(),
    folder: fileURLToPath(new URL(".", import.meta.resolve("@tensorflow/tfjs-backend-wasm"))),
    startPackage: withThreads,
    startThread(shared, thread) {
      // A thread may come late or never: those that are there do the work.
      const worker = new NodeWorker(new URL("./thread.ts", import.meta.url), {
        workerData: { shared, thread },
      });
      worker.on("error", () => {});
      worker.unref();
    },
  };
}
