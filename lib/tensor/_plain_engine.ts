import {
  findBackendFactory,
  getBackend,
  type KernelBackend,
  registerBackend,
  removeBackend,
} from "@tensorflow/tfjs-core";

/** TensorFlow.js's own engine in plain JavaScript: `firstUse` tells it to print its advice at the first tensor. */
type PlainEngine = KernelBackend & { firstUse: boolean };

const ADVICE =
  "No engine was chosen, so TensorFlow.js computes in plain JavaScript, about ten times slower. " +
  "Call this first: await useBackend()";

/** Asked for its advice, it gives ours: the one of TensorFlow.js names a package that does not help here. */
function advising(engine: PlainEngine): PlainEngine {
  let isFirst = true;
  return Object.defineProperty(engine, "firstUse", {
    get() {
      if (isFirst && getBackend() === "cpu") console.warn(ADVICE); // not where another engine asks it for help
      return isFirst = false;
    },
    set(value: boolean) {
      isFirst = value;
    },
  });
}

/**
 * Whoever computes before `useBackend()` gets the engine in plain JavaScript. This lets it say so once, in one line. An engine
 * that is wanted (`tf.setBackend("cpu")`) says it too.
 */
export function advisePlainEngine(): void {
  const make = findBackendFactory("cpu");
  if (make === null || make === undefined) return;
  removeBackend("cpu");
  registerBackend("cpu", () => advising(make() as PlainEngine), 1);
}
