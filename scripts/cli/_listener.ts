/** The thread that hears signals for {@linkcode stopping}. */

/** What the thread is told at its start. */
interface Order {
  readonly names: readonly Deno.Signal[];
  /** Those of them that the process was started to ignore: Deno would end at them, once it listens to any. */
  readonly ignored: readonly Deno.Signal[];
  readonly shared: SharedArrayBuffer;
  readonly says: string;
  readonly together: number;
}

const thread = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage: (message: string) => void;
};

thread.onmessage = ({ data: { names, ignored, shared, says, together } }) => {
  const came = new Int32Array(shared);
  const listeners = names.flatMap((name, i) =>
    ignored.includes(name) ? [] : [[name, () => heard(name, i + 1)] as const]
  );
  const heard = (name: Deno.Signal, number: number) => {
    if (Atomics.compareExchange(came, 0, 0, number) !== 0) return;
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(`${clearLine()}${name}: ${says}`));
    } catch {
      // The terminal has gone.
    }
    thread.postMessage("stop");
    // Without listeners a signal ends the process, whatever its other threads do.
    setTimeout(
      () => listeners.forEach(([name, listener]) => Deno.removeSignalListener(name, listener)),
      together,
    );
  };
  for (const name of ignored) Deno.addSignalListener(name, () => {});
  for (const [name, listener] of listeners) Deno.addSignalListener(name, listener);
  thread.postMessage("ready");
};

/** On a terminal a progress bar may stand in the line. */
function clearLine(): string {
  return Deno.stderr.isTerminal() ? "\r\x1b[K" : "";
}
