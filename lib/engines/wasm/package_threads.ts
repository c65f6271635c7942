// deno-lint-ignore-file no-explicit-any -- it patches what the package's glue code finds
import { Worker as NodeWorker } from "node:worker_threads";
import os from "node:os";

/** Run by each thread: hides `process`, so that the glue code takes the path of a browser's worker. */
const BOOT = `
import { parentPort } from "node:worker_threads";
globalThis.self = globalThis;
globalThis.location ??= { href: "file:///wasm" };
globalThis.postMessage = (message) => parentPort.postMessage(message);
globalThis.importScripts = (source) => (0, eval)(
  "var WasmBackendModuleThreadedSimd = (function (process) {" + source + "; return WasmBackendModuleThreadedSimd })(undefined)",
);
parentPort.on("message", (message) => {
  if (message?.cmd === "boot") (0, eval)("(function (process, postMessage) {" + message.code + "\\n})")(undefined, globalThis.postMessage);
  else globalThis.onmessage({ data: message });
});
`;

/** The glue code makes this many workers, and takes those it needs from the end. */
const POOL = 8;

/**
 * The `Worker` that the glue code makes, over node:worker_threads, which takes neither blob: URLs nor blobs itself.
 * The first `idle` of them start no thread: they only answer that they are loaded.
 */
function workerClass(idle: number) {
  let made = 0;
  return class ThreadWorker {
    readonly #worker = made++ < idle ? undefined : new NodeWorker(
      new URL("data:text/javascript," + encodeURIComponent(BOOT)),
      { stdout: false },
    );
    readonly #code: Promise<string>;
    loaded = false;
    onmessage: ((event: { data: unknown }) => void) | undefined;
    onerror: ((error: unknown) => void) | undefined;

    constructor(blobUrl: string) {
      this.#code = fetch(blobUrl).then((response) => response.text());
    }
    on(event: string, listener: (value: any) => void): void {
      this.#worker?.on(event, listener);
    }
    ref(): void {
      this.#worker?.ref();
    }
    unref(): void {
      this.#worker?.unref();
    }
    async terminate(): Promise<void> {
      await this.#worker?.terminate();
    }
    async #load(message: any): Promise<void> {
      const code = await this.#code;
      if (this.#worker === undefined) return this.onmessage?.({ data: { cmd: "loaded" } });
      const source = message.urlOrBlob;
      const urlOrBlob = typeof source === "string" ? source : await source.text();
      this.#worker.postMessage({ cmd: "boot", code });
      this.#worker.postMessage({ ...message, urlOrBlob });
    }
    postMessage(message: any, transfer?: any): void {
      if (message?.cmd === "load") this.#load(message).catch((error) => this.onerror?.(error));
      else if (this.#worker) this.#worker.postMessage(message, transfer);
      else throw new Error("The wasm package asked for more threads than were made");
    }
  };
}

/**
 * Runs `start` in surroundings in which the package's glue code can start threads.
 *
 * The package takes Deno for Node, and starts no threads under Node: its glue code starts workers from blob: URLs, which
 * node:worker_threads does not take. So while it starts, it finds a `Worker` of ours.
 *
 * @param threads How many, the calling one included; 8 at most.
 */
export async function withThreads<T>(threads: number, start: () => Promise<T>): Promise<T> {
  const worker = Object.getOwnPropertyDescriptor(globalThis, "Worker")!;
  const { cpus } = os;
  const shim = workerClass(POOL - (threads - 1));
  Object.defineProperty(globalThis, "Worker", { configurable: true, get: () => shim, set: () => {} });
  // The glue code takes half as many threads as it counts cores.
  os.cpus = () => Array.from({ length: 2 * threads }, () => ({}) as os.CpuInfo);
  try {
    return await start();
  } finally {
    os.cpus = cpus;
    Object.defineProperty(globalThis, "Worker", worker);
  }
}
