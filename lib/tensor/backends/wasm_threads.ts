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

/** The `Worker` that the glue code makes, over node:worker_threads; it takes neither blob: URLs nor blobs itself. */
class ThreadWorker {
  readonly #worker = new NodeWorker(new URL("data:text/javascript," + encodeURIComponent(BOOT)), {
    stdout: false,
  });
  readonly #code: Promise<string>;
  loaded = false;
  onmessage: unknown;
  onerror: unknown;

  constructor(blobUrl: string) {
    this.#code = fetch(blobUrl).then((response) => response.text());
  }
  on(event: string, listener: (value: any) => void): void {
    this.#worker.on(event, listener);
  }
  ref(): void {
    this.#worker.ref();
  }
  unref(): void {
    this.#worker.unref();
  }
  terminate(): Promise<number> {
    return this.#worker.terminate();
  }
  async #load(message: any): Promise<void> {
    const source = message.urlOrBlob;
    const urlOrBlob = typeof source === "string" ? source : await source.text();
    this.#worker.postMessage({ cmd: "boot", code: await this.#code });
    this.#worker.postMessage({ ...message, urlOrBlob });
  }
  postMessage(message: any, transfer?: any): void {
    if (message?.cmd === "load") this.#load(message);
    else this.#worker.postMessage(message, transfer);
  }
}

/**
 * Runs `start` in surroundings in which the package's glue code can start `threads` threads.
 *
 * The package refuses threads under Node, which Deno looks like to it: its glue code would start a worker from a blob: URL,
 * which node:worker_threads does not take. So the `Worker` it finds meanwhile is a shim.
 */
export async function withThreads<T>(threads: number, start: () => Promise<T>): Promise<T> {
  const worker = Object.getOwnPropertyDescriptor(globalThis, "Worker")!;
  const { cpus } = os;
  Object.defineProperty(globalThis, "Worker", { configurable: true, get: () => ThreadWorker, set: () => {} });
  // The glue code starts half as many threads as it counts cores.
  os.cpus = () => Array.from({ length: 2 * threads }, () => ({}) as os.CpuInfo);
  try {
    return await start();
  } finally {
    os.cpus = cpus;
    Object.defineProperty(globalThis, "Worker", worker);
  }
}
