/**
 * Gives other tasks their turn: Ctrl-C, a timer, a notebook's output.
 *
 * The native and wasm backends compute where they are called, and their `data()` resolves at once. So a loop that
 * only awaits tensors never gives other tasks a turn by itself.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { pause } from "@gcln/kit/tensor";
 *
 * let rang = false;
 * setTimeout(() => rang = true);
 * while (!rang) await pause();
 * assert(rang);
 * ```
 */
export function pause(): Promise<void> {
  return new Promise((resolve) => soon(resolve));
}

/** Queues a task: a timer would take milliseconds, as long as some steps do. */
const soon: (task: () => void) => void = (globalThis as Immediate).setImmediate ?? function (task) {
  const { port1, port2 } = new MessageChannel(); // browsers have no other way
  port1.onmessage = () => {
    port1.close();
    task();
  };
  port2.postMessage(undefined);
};

interface Immediate {
  readonly setImmediate?: (task: () => void) => void;
}
