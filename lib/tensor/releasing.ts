import { tf } from "./tf.ts";

/**
 * Runs a function that takes gradients, and where it fails frees what its tape had saved, which TensorFlow.js forgets.
 *
 * @param fn What may fail.
 * @throws {TypeError} Where TensorFlow.js can't differentiate, with the reason and what to do.
 * @throws What else `fn` throws.
 */
export function releasing<T>(fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    const { state } = tf.engine() as unknown as {
      state: { gradientDepth: number; activeTape: { saved: tf.Tensor[] | null }[] | null };
    };
    if (state.gradientDepth === 0) {
      for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
      state.activeTape = null;
    }
    throw explained(error);
  }
}

const INSTEAD =
  "attack by queries alone (square), or differentiate something else: a surrogate, a bend, gradient rules";

/** The error in a caller's words where TensorFlow.js can't differentiate; else itself. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const kernel = /gradient function not found for (\w+)/.exec(error.message)?.[1];
  const first = /^(\w+?)(Grad|Backprop\w*)$/.exec(kernel ?? "")?.[1];
  if (first !== undefined) {
    return new TypeError(
      `Cannot take a gradient of the gradient of ${first}: there is none for ${kernel}; ` +
        "take another layer, or no gradient within a gradient",
      { cause: error },
    );
  }
  if (kernel !== undefined) {
    return new TypeError(
      `Cannot take a gradient through ${kernel}: TensorFlow.js has none for it; ${INSTEAD}`,
      { cause: error },
    );
  }
  if (error.message.startsWith("Cannot compute gradient of y=f(x) with respect to x")) {
    return new TypeError(
      "Cannot take a gradient of a function whose result is not made of its input by TensorFlow.js alone (data that were " +
        `read back, say); ${INSTEAD}`,
      { cause: error },
    );
  }
  return error;
}
