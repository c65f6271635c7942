import { callable, checkSetting, count } from "../kinds/mod.ts";
import { throwIfStopped } from "./stop_button.ts";
import { tf } from "./tf.ts";

const STEPS = count(), STEP = callable();

/**
 * Applies `step` again and again, and frees every tensor on the way but the last.
 *
 * `start` stays the caller's and is not freed. With 0 steps a copy of it is returned.
 *
 * @param start The first value.
 * @param steps How often `step` is applied, 0 or more.
 * @param step Maps a value and the number of the step (from 0) to the next value.
 * @returns A new tensor, the caller's to free.
 * @throws {RangeError} Where `steps` is not a whole number of at least 0.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { iterate, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const doubled = iterate(tf.scalar(1), 10, (x) => x.mul(2));
 * assertEquals((await doubled.data())[0], 1024);
 * ```
 */
export function iterate<T extends tf.Tensor>(
  start: T,
  steps: number,
  step: (value: T, index: number) => T,
): T {
  checkSetting("steps", STEPS, steps);
  checkSetting("step", STEP, step);
  let value: T = start.clone();
  try {
    for (let index = 0; index < steps; index++) {
      throwIfStopped();
      const next = tf.tidy(() => step(value, index).clone() as T); // what it returns may not be its own
      value.dispose();
      value = next;
    }
  } catch (error) {
    value.dispose();
    throw error;
  }
  return value;
}
