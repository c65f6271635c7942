import { standing, type Victim } from "../judge/mod.ts";
import { type Batch, type Classifier, type Images, isFrozen, type Labels, pause, tf } from "../tensor/mod.ts";
import { AT_ONCE, carriedLeads, forecast, leadsBy, leadsOfSome } from "./active_set/leads.ts";
import { inOrder, padding, type Part, type Subset, subset } from "./active_set/parts.ts";
import { partSizes, placesFor } from "./active_set/sizes.ts";
import { cut, dropFallen, free, type PutAway, type StatePart } from "./active_set/state_parts.ts";
import { advance, type Iterated } from "./steps/iterated.ts";

export { inOrder, padding, type Part, partSizes, placesFor, type Subset, subset };

/** How {@linkcode runActive} judges, and how often it begins anew. */
export interface RunActiveOptions {
  /**
   * What an image has to fool. Default: the surrogate, whose own margins then tell for nothing; another victim is asked
   * after each step.
   */
  readonly victim?: Victim;
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
 * Runs an attack on those images only that still stand: an image that has fallen leaves as soon as the rest is less work
 * ({@linkcode partSizes}), and gets no further starts. An image fares as it would with all the others beside it.
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
  { victim = surrogate, restarts = 1, targets, signal, size = batch.images.shape[0] }: RunActiveOptions = {},
): Promise<RunActiveResult> {
  const count = batch.images.shape[0], images = standing(count), done: Part[] = [];
  const success = new Array<boolean>(count).fill(false);
  try {
    for (let restart = 0; restart < restarts && images.rows().length > 0; restart++) {
      const rows = images.rows();
      const run = { attack, surrogate, victim, batch, size, restart, targets, signal };
      const toldBy = await runOnce(run, rows, (part, fallen) => {
        done.push(part);
        part.rows.forEach((row, i) => success[row] = fallen[i]!);
      });
      const claimed = toldBy === "the attack" ? rows.filter((row) => success[row]) : [];
      const leads = await leadsOfRows(run, done, claimed);
      claimed.forEach((row, i) => success[row] = leads[i]! > 0);
      images.record(`start ${restart}`, rows, { stands: rows.map((row) => !success[row]) });
    }
    return { images: done.length === 0 ? batch.images.clone() : inOrder(done, count), success };
  } finally {
    tf.dispose(done.map(({ images }) => images));
  }
}

/** One start of an attack, and who judges it. */
interface Run extends Required<Pick<RunActiveOptions, "victim" | "size">> {
  readonly attack: Iterated;
  readonly surrogate: Classifier;
  readonly batch: Batch;
  readonly restart: number;
  readonly targets: Labels | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What the victim says of some rows, as they were put away. */
async function leadsOfRows(
  { victim, batch: { labels }, targets, size }: Run,
  done: readonly Part[],
  rows: readonly number[],
): Promise<number[]> {
  if (rows.length === 0) return [];
  const images = inOrder(done, labels.shape[0]);
  try {
    const state = { images, original: images, labels, ...(targets ? { targets } : {}) };
    const all = Array.from({ length: labels.shape[0] }, (_, row) => row);
    return await leadsOfSome(victim, [{ rows: all, state }], rows, {
      size,
      isTargeted: targets !== undefined,
    });
  } finally {
    images.dispose();
  }
}

/**
 * One start of some images of the batch: after each step those that have fallen leave. Puts each image away once.
 *
 * @returns Who has told which images have fallen: the victim, or the attack by leads that may be another surrogate's.
 */
async function runOnce(
  { attack, surrogate, victim, batch, size, restart, targets, signal }: Run,
  rows: readonly number[],
  putAway: PutAway,
): Promise<"the victim" | "the attack"> {
  const ids = batch.ids ?? Array.from({ length: batch.images.shape[0] }, (_, i) => i);
  const sizes = partSizes(rows.length, size), isTargeted = targets !== undefined;
  // The whole batch starts, since radii and targets are the whole batch's.
  let parts = tf.tidy(() => cut(attack.start(batch, restart), { places: rows, rows, sizes }));
  // An attack that carries the surrogate's own verdict along does not move an image that has fallen.
  const restsWhenFallen = victim === surrogate && victim.rejects === undefined &&
    parts[0]!.state.lead !== undefined;
  // A victim that is not frozen may say otherwise when it is asked again.
  const looksAhead = restsWhenFallen && isFrozen(victim) && attack.leadAt === "images before the step";
  const toldBy = restsWhenFallen && attack.leadAt === undefined ? "the attack" : "the victim";
  const likelyFallen = forecast(), asked = { size, isTargeted };
  const step = ({ rows, state }: StatePart, index: number): StatePart => {
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
      const leads = restsWhenFallen ? await carriedLeads(parts) : await leadsBy(victim, parts, isTargeted);
      const fallen = leads.map((lead) => lead > 0);
      if (looksAhead && index + 1 < attack.steps) {
        const likely = likelyFallen(parts.flatMap(({ rows }) => rows), leads);
        // Asking takes half of the time of the next step, which could only tell that they have fallen.
        if (likely.length >= AT_ONCE) {
          const now = await leadsOfSome(victim, parts, likely, asked);
          now.forEach((lead, i) => fallen[likely[i]!] = lead > 0);
        }
      }
      if (!fallen.some(Boolean)) continue;
      parts = dropFallen(parts, { fallen, size, when: restsWhenFallen ? "it pays" : "at once" }, putAway);
      if (parts.length === 0) return toldBy;
    }
    // Where the victim was asked after the last step, what is left stands.
    const isKnown = !restsWhenFallen && attack.steps > 0, left = parts.flatMap(({ rows }) => rows);
    const leads = isKnown ? [] : await leadsOfSome(victim, parts, left.map((_, i) => i), asked);
    let from = 0;
    for (const { rows, state } of parts) {
      putAway({ rows, images: state.images.clone() }, rows.map(() => leads[from++]! > 0));
    }
    return toldBy;
  } finally {
    free(parts);
  }
}
