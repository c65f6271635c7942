import { tf } from "./tf.ts";

/**
 * Runs a function, and where no `tidy` is open frees all tensors that it made apart from its result. Within a `tidy` they are
 * that one's to free, as ever: functions that are called in loops cost nothing more.
 *
 * @param fn What makes tensors, without `await`.
 * @returns The function's result: a tensor, or several in a list.
 * @throws What `fn` throws.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { leavingResult, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const x = tf.scalar(2), before = tf.memory().numTensors;
 * const y = leavingResult(() => x.add(1).square()); // x + 1 is freed
 * assertEquals([...await y.data()], [9]);
 * assertEquals(tf.memory().numTensors, before + 1);
 * ```
 */
export function leavingResult<T extends tf.Tensor | tf.Tensor[]>(fn: () => T): T {
  const { state } = tf.engine() as unknown as { readonly state: { readonly activeScope?: object | null } };
  return state.activeScope ? fn() : tf.tidy(fn);
}
