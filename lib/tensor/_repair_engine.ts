/** Gradients and scopes that were open when code was ended in the middle: nothing closes them, so the engine does. */
import { stopButton } from "./stop_button.ts";
import { tf } from "./tf.ts";

interface EngineState {
  gradientDepth: number;
  kernelDepth: number;
  activeTape: unknown;
  readonly scopeStack: readonly unknown[];
}

/** Closes what is open. Else each gradient would be recorded into the one that was open, and nothing freed. */
function repairEngine(): void {
  const engine = tf.engine(), state = (engine as unknown as { readonly state: EngineState }).state;
  while (state.scopeStack.length > 0) engine.endScope();
  state.gradientDepth = state.kernelDepth = 0;
  state.activeTape = null;
}

stopButton()?.repairs.add(repairEngine);
