import { throwIfStopped } from "./stop_button.ts";

/**
 * Gives other tasks their turn: Ctrl-C, a timer, a notebook's output.
 *
 * The native and wasm backends compute where they are called, and their `data()` resolves at once. So a loop that
 * only awaits tensors never gives other tasks a turn by itself.
 *
 * @param signal What stops the loop. If it has fired, also during the pause, the pause throws its reason.
 * @throws {DOMException} `AbortError`, when `signal` has fired, or when a notebook's Stop was pressed.
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
export async function pause(signal?: AbortSignal): Promise<void> {
  const { setImmediate } = globalThis as Immediate;
  if (setImmediate === undefined || performance.now() - waited > OFTEN) {
    await new Promise<void>(message);
    waited = performance.now();
  }
  // Tasks that were queued before have their turn first.
  if (setImmediate !== undefined) await new Promise<void>((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
  throwIfStopped();
}

/** When the event loop has last waited for what comes from outside. */
let waited = -Infinity;

/**
 * After so many milliseconds the loop waits again. Then it learns of signals of the operating system that have come, which
 * it does not in a task queued by `setImmediate`. It takes 0.3 ms, a queued task 0.02; a timer would take 3.
 */
const OFTEN = 20;

/** Sends a message to itself. */
function message(done: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    done();
  };
  port2.postMessage(undefined);
}

interface Immediate {
  readonly setImmediate?: (task: () => void) => void;
}
