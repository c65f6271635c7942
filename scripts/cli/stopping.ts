/** Ctrl-C and its like: heard at once, also while the engine computes. */

/** The signals that end a command, with its exit code. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** A signal that ends a command. */
export type StopSignal = keyof typeof CODES;

/** How a command learns that it is to stop. */
export interface Stopping extends Disposable {
  /** Fires when a signal has come. It says so at once, also where no other task had its turn since. */
  readonly signal: AbortSignal;
  /** The signal that has come. */
  readonly cause: () => StopSignal | undefined;
  /** The exit code of the signal that has come: 130, 143 or 129; 130 where none has. */
  readonly code: () => number;
}

/** Fields of {@linkcode stopping}. */
export interface StoppingOptions {
  /** What is said when a signal comes, before the step that runs is finished. */
  readonly says?: string;
}

/** Signals in so many milliseconds are one: a terminal and `deno task` both pass Ctrl-C on. */
const TOGETHER = 400;

const SAYS = "Stopping after the step that runs now; the same signal again ends at once.";

/**
 * Listens for Ctrl-C (SIGINT), SIGTERM and SIGHUP in a thread of its own, since the engine computes where it is called and
 * lets no listener in its own thread have a turn.
 *
 * The first signal is answered with a line on stderr, and fires the abort signal. From then on signals do what they do to
 * any program, so that the second one ends it at once. A signal that is ignored from the start, as SIGHUP is under `nohup`,
 * stays ignored.
 *
 * @param options What is said.
 */
export async function stopping({ says = SAYS }: StoppingOptions = {}): Promise<Stopping> {
  const names = Object.keys(CODES) as StopSignal[], ignored = isIgnored(HANGUP) ? ["SIGHUP"] : [];
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT), came = new Int32Array(shared);
  const worker = new Worker(new URL("./_listener.ts", import.meta.url).href, { type: "module" });
  const abort = new AbortController(), { signal } = abort;
  const cause = () => names[Atomics.load(came, 0) - 1];
  const isAborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted")!.get!;
  let fires = false;
  const look = (): boolean => {
    if (isAborted.call(signal)) return true;
    if (fires || cause() === undefined) return false;
    fires = true;
    abort.abort();
    return true;
  };
  // Whoever asks in the middle of a long computation is told what the thread has heard.
  Object.defineProperties(signal, {
    aborted: { get: look },
    throwIfAborted: {
      value: () => {
        if (look()) throw signal.reason;
      },
    },
  });
  await new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data === "ready") resolve();
      else look();
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ names, ignored, shared, says: `${says}\n`, together: TOGETHER });
  });
  return {
    signal,
    cause,
    code: () => CODES[cause() ?? "SIGINT"],
    [Symbol.dispose]: () => worker.terminate(),
  };
}

/** Whether an error says that a command was stopped. */
export function isStop(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** The number of SIGHUP. */
const HANGUP = 1;

/** Whether this process was started with a signal ignored. Only Linux tells. */
function isIgnored(number: number): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) >> BigInt(number - 1) & 1n) === 1n;
  } catch {
    return false;
  }
}
