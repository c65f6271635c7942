import { standing, type Victim } from "../judge/mod.ts";
import { type Batch, type Classifier, type Images, isFrozen, type Labels, pause, tf } from "../tensor/mod.ts";
import { AT_ONCE, carriedLeads, forecast, leadsBy, leadsOfSome } from "./active_set/leads.ts";
import { inOrder, padding, type Part, type Subset, subset } from "./active_set/parts.ts";
import { batchSizeFor, partSizes } from "./active_set/sizes.ts";
import { cut, dropFallen, free, type PutAway, type StatePart } from "./active_set/state_parts.ts";
import { advance, type Iterated } from "./steps/iterated.ts";

export { batchSizeFor, inOrder, padding, type Part, partSizes, type Subset, subset };

/** Options of {@linkcode runActive}. */
export interface RunActiveOptions {
  /**
   * The classifier to fool. Default: the surrogate, whose logits are known without another pass. Any other victim needs one
   * more pass after each step.
   */
  readonly victim?: Victim;
  /** The largest number of starts for each image. Default 1. */
  readonly restarts?: number;
  /** The target classes, `[n]`: the same as those of the attack. */
  readonly targets?: Labels;
  /** The largest batch size. Default: all images. */
  readonly size?: number;
  /** Stops the attack between two steps. */
  readonly signal?: AbortSignal | undefined;
}

/** The result of an attack on the active set. */
export interface RunActiveResult {
  /** The attacked images, `[n, h, w, c]`; the caller frees them. */
  readonly images: Images;
  /** Whether each of them fools the victim. */
  readonly success: readonly boolean[];
}

/**
 * Runs an attack on the active set: the images that still stand. A fallen image is removed from the batch as soon as the
 * smaller batches take less time ({@linkcode partSizes}), and gets no more starts. The result for an image does not depend on
 * the other images.
 *
 * If the surrogate is the victim, an attack that keeps its best image (`apgd`) or stops moving fallen images
 * (`stop: "on success"`) has the same verdicts as {@linkcode run}. Other attacks would move fallen images: for them the first
 * step after which an image fools the victim counts.
 *
 * @param attack The attack as a start and a step.
 * @param surrogate The classifier to differentiate.
 * @param batch The images to attack and their labels.
 * @param options The victim, restarts, targets and batch size.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, pgdAttack, runActive } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 if the image is bright.
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

/** One start of an attack, and its victim. */
interface Run extends Required<Pick<RunActiveOptions, "victim" | "size">> {
  readonly attack: Iterated;
  readonly surrogate: Classifier;
  readonly batch: Batch;
  readonly restart: number;
  readonly targets: Labels | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The victim's leads of finished images. */
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
 * Runs one start of the attack on some rows, and removes fallen images after each step. Hands each image over once.
 *
 * @returns Whether the verdicts come from the victim, or from leads of the attack, which may be those of another surrogate.
 */
async function runOnce(
  { attack, surrogate, victim, batch, size, restart, targets, signal }: Run,
  rows: readonly number[],
  putAway: PutAway,
): Promise<"the victim" | "the attack"> {
  const ids = batch.ids ?? Array.from({ length: batch.images.shape[0] }, (_, i) => i);
  const sizes = partSizes(rows.length, size), isTargeted = targets !== undefined;
  // The start is for the whole batch, since radii and targets are given for the whole batch.
  let parts = tf.tidy(() => cut(attack.start(batch, restart), { indices: rows, rows, sizes }));
  // An attack with a lead in its state does not move an image that has fallen.
  const restsWhenFallen = victim === surrogate && victim.rejects === undefined &&
    parts[0]!.state.lead !== undefined;
  // A victim that is not frozen may answer differently the second time.
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
        await pause(signal);
        parts[i] = step(part, index);
      }
      const leads = restsWhenFallen ? await carriedLeads(parts) : await leadsBy(victim, parts, isTargeted);
      const fallen = leads.map((lead) => lead > 0);
      if (looksAhead && index + 1 < attack.steps) {
        const likely = likelyFallen(parts.flatMap(({ rows }) => rows), leads);
        // One more pass takes half of the time of a step, which these images then do not need.
        if (likely.length >= AT_ONCE) {
          const now = await leadsOfSome(victim, parts, likely, asked);
          now.forEach((lead, i) => fallen[likely[i]!] = lead > 0);
        }
      }
      if (!fallen.some(Boolean)) continue;
      parts = dropFallen(parts, { fallen, size, when: restsWhenFallen ? "it pays" : "at once" }, putAway);
      if (parts.length === 0) return toldBy;
    }
    // If the victim was asked after the last step, the remaining images stand.
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
