/** The thread of the notebook's kernel that hears signals, also while the engine computes. `kernel.py` sends them. */
import { GOES_ON, NEWS, STOPS } from "./_stop_signals.ts";

const thread = self as unknown as {
  onmessage: (event: MessageEvent<Int32Array>) => void;
  postMessage: (message: string) => void;
};

thread.onmessage = ({ data: came }) => {
  const set = (value: number) => {
    Atomics.store(came, 0, value);
    thread.postMessage(NEWS);
  };
  Deno.addSignalListener("SIGUSR1", () => set(STOPS));
  Deno.addSignalListener("SIGUSR2", () => set(GOES_ON));
  thread.postMessage("ready");
};
