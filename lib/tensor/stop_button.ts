/** The name under which a {@linkcode StopButton} stands in `globalThis`. */
const BUTTON = Symbol.for("gcln.stop");

/**
 * How the program in which the kit runs stops it where nobody hands over a signal. It puts one into `globalThis`, under
 * `Symbol.for("gcln.stop")`, before it loads the kit; every step of an attack and every {@linkcode pause} asks it. The kernel
 * of the notebooks does so for Jupyter's Stop.
 *
 * @example Usage
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { pause, type StopButton } from "@gcln/kit/tensor";
 *
 * let reason: DOMException | undefined;
 * const button: StopButton = { reason: () => reason, works: () => {}, repairs: new Set() };
 * Object.assign(globalThis, { [Symbol.for("gcln.stop")]: button });
 *
 * await pause();
 * reason = new DOMException("stopped by hand", "AbortError");
 * await assertRejects(() => pause(), DOMException, "stopped by hand");
 * reason = undefined;
 * ```
 */
export interface StopButton {
  /** Why what runs must stop; undefined while it need not. */
  readonly reason: () => unknown;
  /** Is told that work goes on, which will stop by itself. */
  readonly works: () => void;
  /** What puts the kit right after its code was ended in the middle, where no `finally` runs. */
  readonly repairs: Set<() => void>;
}

/** The button of the program in which the kit runs, if it has one. */
export function stopButton(): StopButton | undefined {
  return (globalThis as { readonly [BUTTON]?: StopButton })[BUTTON];
}

/**
 * Ends what runs where the program's {@linkcode StopButton} was pressed. For loops that compute without a {@linkcode pause}.
 *
 * @throws The reason of the button.
 *
 * @example Usage
 * ```ts
 * import { throwIfStopped } from "@gcln/kit/tensor";
 *
 * throwIfStopped(); // no program has a button here, so nothing stops
 * ```
 */
export function throwIfStopped(): void {
  const button = stopButton();
  if (button === undefined) return;
  button.works();
  const reason = button.reason();
  if (reason !== undefined) throw reason;
}
