import { type Batch, type Classifier, type Images, type Labels, pause, tf } from "../tensor/mod.ts";
import { advance, type AttackState, type Carried, type Iterated, select } from "./iterated.ts";
import { strength } from "./strength.ts";

/** Some images of a batch: row i of `images` is row `rows[i]` of it; rows that follow are padding. */
export interface Part {
  /** Which images of the batch these are. */
  readonly rows: readonly number[];
  /** `[m, h, w, c]`, m at least as many as there are rows. */
  readonly images: Images;
}

/**
 * How many places a batch keeps for the images that still stand: a power of two, so that a frozen classifier is
 * compiled for few shapes, and at least 8, below which a batch takes no less time.
 *
 * @param standing How many images still stand.
 * @param size How many places there are now; there will not be more.
 */
export function placesFor(standing: number, size: number): number {
  return Math.min(size, Math.max(8, 2 ** Math.ceil(Math.log2(standing))));
}

/** Some images of a batch, padded. */
export interface Subset extends Batch {
  /** Which images they are. */
  readonly ids: readonly number[];
  /** Which image of the whole batch each one is, padding among them. */
  readonly places: readonly number[];
}

/**
 * A batch of some of a batch's images, padded by the first of them to a size of {@linkcode placesFor} them.
 *
 * @param batch The whole.
 * @param rows Which, at least one.
 * @returns New tensors, the caller's to free.
 */
export function subset(batch: Batch, rows: readonly number[]): Subset {
  const places = padding(rows, placesFor(rows.length, batch.images.shape[0]));
  return tf.tidy(() => {
    const indices = tf.tensor1d(places, "int32");
    return {
      images: batch.images.gather(indices),
      labels: batch.labels.gather(indices),
      ids: places.map((row) => batch.ids?.[row] ?? row),
      places,
    };
  });
}

/** The rows, and the first of them again until there are so many. */
export function padding(rows: readonly number[], places: number): number[] {
  return Array.from({ length: places }, (_, i) => rows[i] ?? rows[0]!);
}

/**
 * The images of a whole batch, put together again from its parts.
 *
 * @param parts Every image is in one of them; where it is in several, the last counts.
 * @param count How many images there are.
 * @returns `[count, h, w, c]`, the caller's to free.
 */
export function inOrder(parts: readonly Part[], count: number): Images {
  const places = new Int32Array(count);
  let from = 0;
  for (const { rows, images } of parts) {
    rows.forEach((row, i) => places[row] = from + i);
    from += images.shape[0];
  }
  return tf.tidy(() => tf.concat(parts.map(({ images }) => images)).gather(tf.tensor1d(places, "int32")));
}

/** How {@linkcode runActive} judges, and how often it begins anew. */
export interface RunActiveOptions {
  /**
   * What an image has to fool. Default: the surrogate, whose own margins then tell for nothing; another victim is asked
   * after each step.
   */
  readonly victim?: Classifier;
  /** How many starts each image gets at most. Default 1. */
  readonly restarts?: number;
  /** The classes that the attacker wants, `[n]`: those that the attack was given. */
  readonly targets?: Labels;
  /** Stops between two steps. */
  readonly signal?: AbortSignal | undefined;
}

/** What an attack on the active set has found. */
export interface RunActiveResult {
  /** The attacked images, `[n, h, w, c]`; the caller's to free. */
  readonly images: Images;
  /** Which of them fool the victim. */
  readonly success: readonly boolean[];
}

/**
 * Runs an attack on those images only that still stand: what has fallen leaves the batch, as soon as the rest fits half
 * of it, and has no further starts. An image fares as it would with all the others beside it.
 *
 * With the surrogate as its victim, an attack that keeps its best image (`apgd`) or lets fallen images rest
 * (`stop: "on success"`) has the verdicts of {@linkcode run}. Any other would move fallen images on: there the first step
 * after which an image fools the victim counts.
 *
 * @param attack The attack as a start and a step.
 * @param surrogate What is differentiated.
 * @param batch What is attacked.
 * @param options Who judges.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, pgdAttack, runActive } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the image is bright.
 * const classifier = (x: tf.Tensor4D) => {
 *   const bright = x.mean([1, 2, 3]).sub(0.5);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const images = tf.tensor4d([0.45, 0.1], [2, 1, 1, 1]), labels = tf.tensor1d([0, 0], "int32");
 * const attack = pgdAttack({ ball: linf(0.1), steps: 10, stop: "on success" });
 * const { success } = await runActive(attack, classifier, { images, labels });
 * assertEquals(success, [true, false]);
 * ```
 */
export async function runActive(
  attack: Iterated,
  surrogate: Classifier,
  batch: Batch,
  { victim = surrogate, restarts = 1, targets, signal }: RunActiveOptions = {},
): Promise<RunActiveResult> {
  const count = batch.images.shape[0], success = new Array<boolean>(count).fill(false);
  const done: Part[] = [];
  try {
    for (let restart = 0; restart < restarts; restart++) {
      const rows = success.flatMap((fallen, row) => fallen ? [] : [row]);
      if (rows.length === 0) break;
      const pursuit = { attack, surrogate, victim, batch, restart, targets, signal };
      await pursue(pursuit, rows, (part, fallen) => {
        done.push(part);
        part.rows.forEach((row, i) => success[row] = fallen[i]!);
      });
    }
    const images = done.length === 0 ? batch.images.clone() : inOrder(done, count);
    return { images, success };
  } finally {
    tf.dispose(done.map(({ images }) => images));
  }
}

interface Pursuit {
  readonly attack: Iterated;
  readonly surrogate: Classifier;
  readonly victim: Classifier;
  readonly batch: Batch;
  readonly restart: number;
  readonly targets: Labels | undefined;
  readonly signal: AbortSignal | undefined;
}

/** One start of some images of the batch; they are put away in parts, each image once, with its verdict. */
async function pursue(
  { attack, surrogate, victim, batch, restart, targets, signal }: Pursuit,
  standing: readonly number[],
  putAway: (part: Part, fallen: readonly boolean[]) => void,
): Promise<void> {
  const ids = batch.ids ?? Array.from({ length: batch.images.shape[0] }, (_, i) => i);
  const start = (): AttackState & Carried => {
    // The whole batch starts, since radii and targets are the whole batch's.
    const places = padding(standing, placesFor(standing.length, ids.length));
    return select(attack.start(batch, restart), places) as AttackState & Carried;
  };
  let active: Active = { rows: standing, state: tf.tidy(start) };
  // Who carries the surrogate's margins along lets an image rest that has fallen.
  const rests = victim === surrogate && active.state.strength !== undefined;
  const verdicts = async ({ rows, state }: Active, last: boolean): Promise<boolean[]> => {
    const over = tf.tidy(() =>
      rests && !last ? state.strength!.clone() : strength(
        victim,
        state.images,
        state.labels,
        targets && state.targets as Labels | undefined,
      )
    );
    try {
      const values = await over.data();
      return rows.map((_, i) => values[i]! > 0);
    } finally {
      over.dispose();
    }
  };
  try {
    for (let index = 0; index < attack.steps; index++) {
      await pause();
      signal?.throwIfAborted();
      const places = padding(active.rows, active.state.images.shape[0]).map((row) => ids[row]!);
      const state = advance(active.state, (state) => attack.step(surrogate, state, index, places));
      active = { ...active, state };
      const fallen = await verdicts(active, false);
      if (!fallen.some(Boolean)) continue;
      active = without(active, fallen, rests ? "when it pays" : "at once", putAway);
      if (active.rows.length === 0) return;
    }
    const images = active.state.images.clone(), fallen = await verdicts(active, true);
    putAway({ rows: active.rows, images }, fallen);
  } finally {
    tf.dispose(Object.values(active.state));
  }
}

/** The images that are being attacked: row i of the state's tensors is row `rows[i]` of the batch. */
interface Active {
  readonly rows: readonly number[];
  readonly state: AttackState;
}

/** Puts away what has fallen: at once where the attack would move it on, else when the rest fits a smaller batch. */
function without(
  { rows, state }: Active,
  fallen: readonly boolean[],
  when: "at once" | "when it pays",
  putAway: (part: Part, fallen: readonly boolean[]) => void,
): Active {
  const gone = rows.flatMap((_, i) => fallen[i] ? [i] : []);
  const stay = rows.flatMap((_, i) => fallen[i] ? [] : [i]);
  const size = state.images.shape[0], places = stay.length === 0 ? 0 : placesFor(stay.length, size);
  if (when === "when it pays" && places === size) return { rows, state };
  const images = tf.tidy(() => state.images.gather(tf.tensor1d(gone, "int32")));
  putAway({ rows: gone.map((i) => rows[i]!), images }, gone.map(() => true));
  const smaller = select(state, padding(stay, places));
  tf.dispose(Object.values(state));
  return { rows: stay.map((i) => rows[i]!), state: smaller };
}
