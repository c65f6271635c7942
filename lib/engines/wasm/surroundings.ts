import type { Shared } from "./team.ts";

/** What the engine asks of the program or the page that it runs in. */
export interface Surroundings {
  /** How many threads there may be, the calling one included; with more than one their memory is shared. */
  readonly threads: number;
  /** The folder with the package's `.wasm` files, as the package wants it: a path or an address that ends in a slash. */
  readonly folder: string;
  /** Runs `start` so that the package can start so many threads of its own. */
  startPackage<T>(threads: number, start: () => Promise<T>): Promise<T>;
  /** Starts one more thread, which serves the kit's jobs. */
  startThread(shared: Shared, thread: number): void;
}
