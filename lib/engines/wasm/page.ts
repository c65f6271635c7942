import type { Surroundings } from "./surroundings.ts";

/**
 * A web page, or a worker of one: a single thread, since a page may share memory only where its server sends special headers.
 * The package's `.wasm` files lie beside the page, or beside the worker's script.
 */
export function page(): Surroundings {
  return {
    threads: 1,
    folder: new URL(".", globalThis.location.href).href,
    startPackage: (_, start) => start(),
    startThread() {},
  };
}
