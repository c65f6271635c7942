import { type Batch, type Classifier, type Images, type Labels, tf } from "../tensor/mod.ts";

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
   */
  step(surrogate: Classifier, state: AttackState, index: number): AttackState;
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
    const indices = rows instanceof tf.Tensor ? rows : tf.tensor1d([...rows], "int32");
    return Object.fromEntries(
      Object.entries(state).map(([name, tensor]) => [name, tensor.gather(indices)]),
    ) as unknown as AttackState;
  });
}

/** Named tensors that a loop carries along. */
export type Carried = Readonly<Record<string, tf.Tensor>>;

function advance<T extends Carried>(value: T, step: (value: T) => T, given: ReadonlySet<tf.Tensor>): T {
  const next = tf.tidy(() => step(value)), passedOn = new Set(Object.values(next));
  tf.dispose(Object.values(value).filter((tensor) => !given.has(tensor) && !passedOn.has(tensor)));
  return next;
}

/**
 * `iterate` for several named tensors: frees those that a step does not pass on, but none of `start`.
 *
 * @param start The first values; they stay the caller's.
 * @param steps How often `step` is applied.
 * @param step Maps values and the number of the step (from 0) to the next values.
 */
export function iterateAll<T extends Carried>(start: T, steps: number, step: (value: T, index: number) => T): T {
  const given = new Set(Object.values(start));
  let value = start;
  for (let index = 0; index < steps; index++) value = advance(value, (v) => step(v, index), given);
  return value;
}

/**
 * {@linkcode iterateAll} with a look at the values now and then, which may end it.
 *
 * @param start The first values; they stay the caller's.
 * @param steps How often `step` is applied at most.
 * @param step Maps values and the number of the step (from 0) to the next values.
 * @param check When to look, and what tells that it is enough. It may read back.
 */
export async function iterateUntil<T extends Carried>(
  start: T,
  steps: number,
  step: (value: T, index: number) => T,
  check: { readonly every: number; readonly enough: (value: T) => Promise<boolean> },
): Promise<T> {
  const given = new Set(Object.values(start));
  let value = start;
  for (let index = 0; index < steps; index++) {
    value = advance(value, (v) => step(v, index), given);
    if ((index + 1) % check.every === 0 && index + 1 < steps && await check.enough(value)) break;
  }
  return value;
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
    const { images } = iterateAll(start, attack.steps, (state, i) => attack.step(surrogate, state, i));
    return images.clone();
  });
}
