import type { Compiler } from "./compile.ts";

/** An engine that has started, as a file of `lib/engines` hands it to `useBackend`. */
export interface Engine {
  /** In words, for provenance: `tensorflow 2.21.0 (CPU)`. */
  readonly description: string;
  /** What makes one graph of a function, for `compile`; an engine without one runs functions as they are. */
  readonly compiler?: Compiler;
}
