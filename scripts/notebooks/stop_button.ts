/**
 * What runs in the notebook's kernel and ends cells at Jupyter's Stop; `kernel.py` starts it and tells it.
 *
 * Work of the kit ends by an error at its next step. A cell that waits for something else is given up: its timers are
 * cleared, and V8 ends an `await` that nothing can end any more once it has looked for what is no longer needed.
 *
 * @module
 */
import type { StopButton } from "../../lib/tensor/mod.ts";
import { failOnLargeFiles } from "../cli/file_limit.ts";
import { GOES_ON, HEARD, NEWS, STOPS, WORKS } from "./_stop_signals.ts";

const STOPPED =
  "Stopped by Jupyter's Stop. Variables are kept. A training or a table goes on where it was when you " +
  "run the cell again";
const GIVEN_UP = "Stopped while it waited. Variables are kept.";
const WAITS =
  "This cell waits for something that Stop does not reach (a download, a worker). Wait for it, or choose " +
  "Kernel, Restart: variables are lost then, and finished measurements are not.";

/** Milliseconds that work of the kit has to end by itself, and a cell that was given up. */
const BY_ITSELF = 1500, GIVEN = 3000;

/** Milliseconds between two signs that the kit works. */
const OFTEN = 1000;

type Timer = ReturnType<typeof setTimeout>;

/** Where the kit looks for a {@linkcode StopButton}. Its module would load TensorFlow.js before the first cell. */
const BUTTON = Symbol.for("gcln.stop");

/** The button of a notebook. */
interface KernelsButton extends StopButton {
  /** Listens, and puts right what code has left that was ended in the middle. */
  readonly renew: () => Promise<void>;
}

const came = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const repairs = new Set<() => void>();
let thread: Worker | undefined, error: DOMException | undefined, waiting: Timer | undefined;
let shown = 0, first = lastTimer();

/** The number of a new timer: each has the next one. */
function lastTimer(): number {
  const timer = setTimeout(() => {});
  clearTimeout(timer);
  return Number(timer);
}

/** Why the cell must stop. Whoever asks has heard it. */
function reason(): DOMException | undefined {
  if (Atomics.load(came, 0) !== STOPS) return error = undefined;
  if (error !== undefined) return error;
  Deno.kill(Deno.ppid, HEARD);
  error = new DOMException(STOPPED, "AbortError");
  // The cell shows this; where the kit was at that moment helps nobody.
  Object.defineProperty(error, "stack", { value: `${error.name}: ${STOPPED}` });
  return error;
}

function works(): void {
  if (performance.now() - shown < OFTEN) return;
  shown = performance.now();
  Deno.kill(Deno.ppid, WORKS);
}

function giveUp(): void {
  console.error(GIVEN_UP);
  for (let timer = first + 1, last = lastTimer(); timer < last; timer++) clearTimeout(timer);
  waiting = setTimeout(() => console.error(WAITS), GIVEN);
  (globalThis as unknown as { gc: () => void }).gc();
}

/** A cell must stop, or is over. */
function onNews(): void {
  if (reason() === undefined) {
    clearTimeout(waiting);
    waiting = undefined;
    first = lastTimer();
  } else {
    Deno.kill(Deno.ppid, HEARD);
    waiting ??= setTimeout(giveUp, BY_ITSELF);
  }
}

async function renew(): Promise<void> {
  if (thread !== undefined) {
    thread.terminate();
    for (const repair of repairs) repair();
  }
  Atomics.store(came, 0, GOES_ON);
  thread = new Worker(import.meta.resolve("./_stop_listener.ts"), { type: "module" });
  const worker = thread;
  await new Promise<void>((resolve) => {
    worker.onmessage = ({ data }) => data === NEWS ? onNews() : resolve();
    worker.postMessage(came);
  });
  onNews();
}

// Only the thread hears these in time. But without a listener here they would end the kernel while it has none.
for (const name of ["SIGINT", "SIGUSR1", "SIGUSR2"] as const) Deno.addSignalListener(name, () => {});
failOnLargeFiles();

const button: KernelsButton = { reason, works, repairs, renew };
(globalThis as { [BUTTON]?: StopButton })[BUTTON] = button;
