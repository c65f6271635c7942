import { type Batch, type Classifier, type Images, isFrozen, type Labels, pause, tf } from "../tensor/mod.ts";
import { advance, type AttackState, type Carried, type Iterated, select } from "./iterated.ts";
import { strength } from "./strength.ts";

/** Some images of a batch: row i of `images` is row `rows[i]` of it; rows that follow are padding. */
export interface Part {
  /** Which images of the batch these are. */
  readonly rows: readonly number[];
  /** `[m, h, w, c]`, m at least as many as there are rows. */
  readonly images: Images;
}

/** A batch of fewer images takes no less time. */
const FEWEST = 8;

/** How many images at a time are asked whether they have fallen; it does not pay for fewer. */
const LOOK = 32;

/** As long as so many images takes what a batch costs beside them. */
const OVERHEAD = 16;

/**
 * How many places a batch keeps for the images that still stand: a power of two, so that a frozen classifier is
 * compiled for few shapes, and at least 8, below which a batch takes no less time.
 *
 * @param standing How many images still stand.
 * @param size How many places there are now; there will not be more.
 */
export function placesFor(standing: number, size: number): number {
  return Math.min(size, Math.max(FEWEST, 2 ** Math.ceil(Math.log2(standing))));
}

/**
 * In parts of which sizes images go through a classifier in the least time: whole batches, and smaller ones where they
 * cost less than padding. Those have 8, 32, 64, 128, … images: with 16 left out there is one graph less to make.
 *
 * @param standing How many images there are.
 * @param size How many at a time at most.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { partSizes } from "@gcln/kit/attacks";
 *
 * assertEquals(partSizes(328, 512), [256, 64, 8]);
 * assertEquals(partSizes(328, 100), [100, 100, 100, 32]);
 * ```
 */
export function partSizes(standing: number, size: number): number[] {
  const full = new Array<number>(Math.floor(standing / size)).fill(size), left = standing % size;
  return left === 0 ? full : [...full, ...sizesBelow(left, size)];
}

/** The same for fewer images than are taken at a time. */
function sizesBelow(standing: number, size: number): number[] {
  let most = 0, whole = Math.min(FEWEST, size);
  while (whole < standing) [most, whole] = [whole, Math.min(Math.max(32, 2 * whole), size)];
  if (most === 0 || whole === standing) return [whole];
  const several = [most, ...sizesBelow(standing - most, size)];
  return costOf(several) < costOf([whole]) ? several : [whole];
}

/** How long parts of such sizes take, in images: each takes so much more. */
function costOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size + OVERHEAD, 0);
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
  /** Images at a time. Default: all of them. */
  readonly size?: number;
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
 * Runs an attack on those images only that still stand: what has fallen leaves, as soon as the rest is less work
 * ({@linkcode partSizes}), and has no further starts. An image fares as it would with all the others beside it.
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
  { victim = surrogate, restarts = 1, targets, signal, ...options }: RunActiveOptions = {},
): Promise<RunActiveResult> {
  const count = batch.images.shape[0],
    { size = count } = options,
    success = new Array<boolean>(count).fill(false);
  const done: Part[] = [];
  try {
    for (let restart = 0; restart < restarts; restart++) {
      const rows = success.flatMap((fallen, row) => fallen ? [] : [row]);
      if (rows.length === 0) break;
      const pursuit = { attack, surrogate, victim, batch, size, restart, targets, signal };
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
  readonly size: number;
  readonly restart: number;
  readonly targets: Labels | undefined;
  readonly signal: AbortSignal | undefined;
}

/** One start of some images of the batch; they are put away in parts, each image once, with its verdict. */
async function pursue(
  { attack, surrogate, victim, batch, size, restart, targets, signal }: Pursuit,
  standing: readonly number[],
  putAway: (part: Part, fallen: readonly boolean[]) => void,
): Promise<void> {
  const ids = batch.ids ?? Array.from({ length: batch.images.shape[0] }, (_, i) => i);
  const sizes = partSizes(standing.length, size), aimed = targets !== undefined;
  // The whole batch starts, since radii and targets are the whole batch's.
  let parts = tf.tidy(() => cut(attack.start(batch, restart), { places: standing, rows: standing, sizes }));
  // Who carries the surrogate's margins along lets an image rest that has fallen.
  const rests = victim === surrogate && parts[0]!.state.strength !== undefined;
  // Who is not frozen may say otherwise when asked again.
  const foresees = rests && isFrozen(victim) && attack.strengthOf === "images before the step";
  const margins = new Map<number, number>();
  const step = ({ rows, state }: Active, index: number): Active => {
    const some = padding(rows, state.images.shape[0]).map((row) => ids[row]!);
    return { rows, state: advance(state, (state) => attack.step(surrogate, state, index, some)) };
  };
  try {
    for (let index = 0; index < attack.steps; index++) {
      for (const [i, part] of parts.entries()) {
        await pause();
        signal?.throwIfAborted();
        parts[i] = step(part, index);
      }
      const over = rests ? await toldBy(parts) : await marginsBy(victim, parts, aimed);
      const fallen = over.map((over) => over > 0);
      if (foresees && index + 1 < attack.steps) {
        const likely = foreseen(parts.flatMap(({ rows }) => rows), over, margins);
        // To ask takes half of what the next step would, which could only tell that they have fallen.
        const asked = likely.length < LOOK ? [] : await lookedAt(victim, parts, likely, { size, aimed });
        asked.forEach((over, i) => fallen[likely[i]!] = over > 0);
      }
      if (!fallen.some(Boolean)) continue;
      parts = without(parts, fallen, { size, when: rests ? "it pays" : "at once" }, putAway);
      if (parts.length === 0) return;
    }
    const left = parts.flatMap(({ rows }) => rows).map((_, i) => i);
    // Whoever was asked after the last step has let stand what is left.
    const known = !rests && attack.steps > 0;
    const over = known ? [] : await lookedAt(victim, parts, left, { size, aimed });
    let from = 0;
    for (const { rows, state } of parts) {
      putAway({ rows, images: state.images.clone() }, rows.map(() => over[from++]! > 0));
    }
  } finally {
    free(parts);
  }
}

/** Who would fall if the margins rose again as they last did; from now on `margins`, by row, are these. */
function foreseen(
  rows: readonly number[],
  over: readonly number[],
  margins: Map<number, number>,
): readonly number[] {
  const likely = over.flatMap((now, i) => now <= 0 && 2 * now - margins.get(rows[i]!)! > 0 ? [i] : []);
  rows.forEach((row, i) => margins.set(row, over[i]!));
  return likely;
}

/** The margins that states carry along, above 0 where the attack has succeeded. */
async function toldBy(parts: readonly Active[]): Promise<number[]> {
  const each = parts.map(async ({ rows, state }) => {
    const values = await state["strength"]!.data();
    return rows.map((_, i) => values[i]!);
  });
  return (await Promise.all(each)).flat();
}

/** The margins by the victim. */
async function marginsBy(victim: Classifier, parts: readonly Active[], aimed: boolean): Promise<number[]> {
  const each = parts.map(async ({ rows, state: { images, labels, targets } }) => {
    const over = tf.tidy(() => strength(victim, images, labels, aimed ? targets as Labels : undefined));
    try {
      const values = await over.data();
      return rows.map((_, i) => values[i]!);
    } finally {
      over.dispose();
    }
  });
  return (await Promise.all(each)).flat();
}

/** The same of some images, always as many at a time, so that it takes no graph of another size. */
async function lookedAt(
  victim: Classifier,
  parts: readonly Active[],
  places: readonly number[],
  { size, aimed }: { readonly size: number; readonly aimed: boolean },
): Promise<number[]> {
  const atOnce = Math.min(LOOK, size);
  const sizes = new Array<number>(Math.ceil(places.length / atOnce)).fill(atOnce);
  const names = ["images", "labels", ...(aimed ? ["targets"] : [])];
  const some = tf.tidy(() => cut(joined(parts, names), { places, rows: places, sizes }));
  try {
    return await marginsBy(victim, some, aimed);
  } finally {
    free(some);
  }
}

/** Images that are attacked at a time: row i of the state's tensors is row `rows[i]` of the batch, then comes padding. */
type Active = { readonly rows: number[]; readonly state: AttackState & Carried };

function free(parts: readonly Active[]): void {
  tf.dispose(parts.map(({ state }) => Object.values(state)));
}

/** Of which images parts are to be made. */
interface Cut {
  /** Where in a state they are. */
  readonly places: readonly number[];
  /** Which of the batch they are. */
  readonly rows: readonly number[];
  /** How large the parts are; the last one has padding. */
  readonly sizes: readonly number[];
}

/** Parts of a state's images; new tensors. */
function cut(state: AttackState, { places, rows, sizes }: Cut): Active[] {
  let from = 0;
  return sizes.map((count) => {
    const [start, end] = [from, from += count], some = padding(places.slice(start, end), count);
    return { rows: rows.slice(start, end), state: select(state, some) as AttackState & Carried };
  });
}

/** Puts away what has fallen: at once where the attack would move it on, else when the rest is less work then. */
function without(
  parts: readonly Active[],
  fallen: readonly boolean[],
  { size, when }: { readonly size: number; readonly when: "at once" | "it pays" },
  putAway: (part: Part, fallen: readonly boolean[]) => void,
): Active[] {
  const rows = parts.flatMap(({ rows }) => rows);
  const [stay, gone] = [false, true].map((wanted) => rows.flatMap((_, i) => fallen[i] === wanted ? [i] : []));
  const now = parts.map(({ state }) => state.images.shape[0]);
  const sizes = partSizes(stay!.length, size);
  if (when === "it pays" && costOf(sizes) >= costOf(now)) return [...parts];
  const of = (some: readonly number[]) => some.map((i) => rows[i]!);
  const { left, images } = tf.tidy(() => {
    const all = joined(parts, Object.keys(parts[0]!.state));
    return {
      left: cut(all, { places: stay!, rows: of(stay!), sizes }),
      images: all.images.gather<Images>(gone!),
    };
  });
  putAway({ rows: of(gone!), images }, gone!.map(() => true));
  free(parts);
  return left;
}

/** The state of all parts, or some of its tensors. Only the last part has padding, so it comes last. */
function joined(parts: readonly Active[], names: readonly string[]): AttackState {
  const all = (name: string) => tf.concat(parts.map(({ state }) => state[name]!));
  return Object.fromEntries(names.map((name) => [name, all(name)])) as unknown as AttackState;
}
