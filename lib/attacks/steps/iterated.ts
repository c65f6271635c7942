import {
  type Batch,
  type Classifier,
  type Images,
  type Labels,
  pause,
  tf,
  throwIfStopped,
} from "../../tensor/mod.ts";

/**
 * Where an attack stands: tensors whose first axis is the image, and nothing else. So an evaluator can drop the
 * images that have fallen with {@linkcode select}, and a state can be looked at, saved, or mixed.
 */
export interface AttackState {
  /** The attacked images so far, `[n, h, w, c]`; in the ball and in [0, 1] at any time. */
  readonly images: Images;
  /** The images that the balls are around. */
  readonly original: Images;
  /** The true classes, `[n]`. */
  readonly labels: Labels;
  /** Whatever else an attack carries along, `[n, …]`. */
  readonly [name: string]: tf.Tensor;
}

/** An attack as a start and a step. Neither remembers anything. */
export interface Iterated {
  /** How many steps are wanted. */
  readonly steps: number;
  /** Set if a state's `lead` is that of the images before the last step, by the surrogate. */
  readonly leadAt?: "images before the step" | undefined;
  /**
   * The state before the first step. `original` and `labels` may be the batch's own tensors.
   *
   * @param batch What is attacked.
   * @param restart Makes for another random start; from 0.
   */
  start(batch: Batch, restart?: number): AttackState;
  /**
   * One step. The state's tensors that do not change are passed on as they are.
   *
   * @param surrogate What is differentiated.
   * @param state Where the attack stands.
   * @param index Which step this is, from 0.
   * @param ids Which images these are, for a step that draws random numbers; default: their places.
   */
  step(surrogate: Classifier, state: AttackState, index: number, ids?: readonly number[]): AttackState;
}

/**
 * The state of some of the images.
 *
 * @param state A state of n images.
 * @param rows Which to keep, `[m]`, int32, or a list.
 * @returns New tensors throughout, the caller's to free.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, pgdAttack, select } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const batch = { images: tf.zeros([3, 4, 4, 1]) as tf.Tensor4D, labels: tf.tensor1d([0, 1, 2], "int32") };
 * const state = pgdAttack({ ball: linf(0.1) }).start(batch);
 * assertEquals([...await select(state, [0, 2]).labels.data()], [0, 2]);
 * ```
 */
export function select(state: AttackState, rows: tf.Tensor1D | readonly number[]): AttackState {
  return tf.tidy(() => {
    const count = state.images.shape[0];
    const all = !(rows instanceof tf.Tensor) && rows.length === count && rows.every((row, i) => row === i);
    const indices = rows instanceof tf.Tensor ? rows : tf.tensor1d([...rows], "int32");
    return Object.fromEntries(
      Object.entries(state).map(([name, tensor]) => [name, all ? tensor.clone() : tensor.gather(indices)]),
    ) as unknown as AttackState;
  });
}

/** Named tensors that a loop carries along. */
export type Carried = Readonly<Record<string, tf.Tensor>>;

/** The next values, of which `step` may pass on some of the old; frees those that it does not, but none of `given`. */
export function advance<T extends Carried>(value: T, step: (value: T) => T, given: Carried = {}): T {
  throwIfStopped();
  const next = tf.tidy(() => step(value));
  const alive = new Set([...Object.values(next), ...Object.values(given)]);
  tf.dispose(Object.values(value).filter((tensor) => !alive.has(tensor)));
  return next;
}

/**
 * `iterate` for several named tensors: frees those that a step does not pass on, but none of `start`.
 *
 * @param start The first values; they stay the caller's.
 * @param steps How often `step` is applied.
 * @param step Maps values and the number of the step (from 0) to the next values.
 */
export function iterateAll<T extends Carried>(
  start: T,
  steps: number,
  step: (value: T, index: number) => T,
): T {
  let value = start;
  for (let index = 0; index < steps; index++) value = advance(value, (v) => step(v, index), start);
  return value;
}

/** When {@linkcode iterateUntil} looks, and what tells it that it is enough. */
export interface IterateUntilOptions<T extends Carried> {
  /** A look every so many steps, the first after step 0. */
  readonly every: number;
  /** Whether to stop. It may read back. */
  readonly enough: (value: T) => Promise<boolean>;
  /** Stops between two steps. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * {@linkcode iterateAll} with a look at the values now and then, which may end it. No tidy spans an await, so this one
 * owns its start: it frees it too, and everything should it fail.
 *
 * @param start The first values; no longer the caller's.
 * @param steps How often `step` is applied at most.
 * @param step Maps values and the number of the step (from 0) to the next values.
 * @param check When to look.
 * @throws {DOMException} `AbortError`, when the signal fires.
 */
export async function iterateUntil<T extends Carried>(
  start: T,
  steps: number,
  step: (value: T, index: number) => T,
  { every, enough, signal }: IterateUntilOptions<T>,
): Promise<T> {
  let value = start;
  try {
    for (let index = 0; index < steps; index++) {
      await pause(signal);
      value = advance(value, (v) => step(v, index));
      if (index % every === 0 && await enough(value)) break;
    }
    return value;
  } catch (error) {
    tf.dispose(Object.values(value));
    throw error;
  }
}

/**
 * Runs an attack from its start to its last step, freeing what it passes.
 *
 * @param attack The attack.
 * @param surrogate What is differentiated.
 * @param batch What is attacked.
 * @param restart Which start, from 0.
 * @returns The attacked images, the caller's to free.
 */
export function run(attack: Iterated, surrogate: Classifier, batch: Batch, restart = 0): Images {
  return tf.tidy(() => {
    const start = attack.start(batch, restart);
    const { images } = iterateAll(
      start,
      attack.steps,
      (state, i) => attack.step(surrogate, state, i, batch.ids),
    );
    return images.clone();
  });
}

/** Which start of an attack, and what stops it. */
export interface RunStoppableOptions {
  /** Which start, from 0. Default 0. */
  readonly restart?: number;
  /** Stops the attack between two steps. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * {@linkcode run} that gives other tasks their turn before each step, and can be stopped there.
 *
 * @param attack The attack.
 * @param surrogate What is differentiated.
 * @param batch What is attacked.
 * @param options Which start, and what stops it.
 * @returns The attacked images, the caller's to free.
 * @throws {DOMException} `AbortError`, when the signal fires.
 */
export async function runStoppable(
  attack: Iterated,
  surrogate: Classifier,
  batch: Batch,
  { restart = 0, signal }: RunStoppableOptions = {},
): Promise<Images> {
  const count = batch.images.shape[0], everyone = Array.from({ length: count }, (_, row) => row);
  // Copies: a start may hold the caller's tensors, as the labels or the targets, which are not this loop's to free.
  let state = tf.tidy(() => select(attack.start(batch, restart), everyone));
  try {
    for (let index = 0; index < attack.steps; index++) {
      await pause(signal);
      state = advance(state, (state) => attack.step(surrogate, state, index, batch.ids));
    }
    return state.images.clone();
  } finally {
    tf.dispose(Object.values(state));
  }
}
