import {
  addFaults,
  type Faults,
  hasFaults,
  judge,
  type Judgement,
  standing,
  type Turn,
  type Victim,
} from "../judge/mod.ts";
import { callable, checkSetting, object, type Settings, word } from "../kinds/mod.ts";
import {
  type Batch,
  type Images,
  type Labels,
  type Passes,
  pause,
  type Progress,
  tf,
} from "../tensor/mod.ts";
import { inOrder, type Part, subset } from "./active_set.ts";
import { checkBatchShapes, checkOptions, optionalBall, signal, tensor } from "./steps/attack_options.ts";
import type { Ball } from "./steps/ball.ts";
import { judgeAttack } from "./judge_attack.ts";

/** What an attack of a sequence is told of the images that it is shown. */
export interface Shown {
  /** Which image of the batch each one is: see {@linkcode ballOf}. */
  readonly rows: readonly number[];
  /** The classes that the attacker wants, `[n]`; the sequence's to free. */
  readonly targets?: Labels;
  /** Stops it. */
  readonly signal?: AbortSignal;
}

/**
 * An attack of a sequence: it is shown some images of the batch, with their ids, and returns as many, the sequence's to
 * free. They may be padded: an image may be there more than once.
 */
export type Stage = (part: Batch, shown: Shown) => Images | Promise<Images>;

/** The balls around some images of a batch. */
export function ballOf(
  { norm, epsilon }: Ball<number | readonly number[]>,
  rows: readonly number[],
): Ball<number | readonly number[]> {
  return { norm, epsilon: typeof epsilon === "number" ? epsilon : rows.map((row) => epsilon[row]!) };
}

/** How {@linkcode inSequence} goes about it. */
export interface InSequenceOptions {
  /** Where attacked images have to lie; what lies elsewhere has not fallen. Default: anywhere in [0, 1]. */
  readonly ball?: Ball<number | readonly number[]> | undefined;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels | undefined;
  /**
   * `"survivors"`: an image that has fallen is shown to no later attack. `"everyone"`: every attack is shown all images,
   * which tells what each of them would do alone. Default `"survivors"`.
   */
  readonly shown?: "survivors" | "everyone";
  /** Is told how many of the attacks are done. */
  readonly progress?: Progress | undefined;
  /** Stops between two attacks, and within those that listen. */
  readonly signal?: AbortSignal | undefined;
}

/** Of a sequence. */
const settings: Settings = {
  ball: optionalBall,
  targets: tensor,
  shown: word(["survivors", "everyone"], { default: "survivors" }),
  progress: object("a progress"),
  signal,
};

/** What one attack of a sequence did. */
export interface StageRecord {
  /** The attack. */
  readonly attack: string;
  /** How many images it was shown. */
  readonly shown: number;
  /** How many of those it took. */
  readonly fallen: number;
  /** How many images of the whole batch stand after it. */
  readonly standing: number;
  /** How many images went through classifiers for it, padding among them; those that `passes` counts. */
  readonly passes: Passes;
  /** What makes its numbers doubtful; absent where nothing does. */
  readonly faults?: Faults;
}

/** What a sequence of attacks has found. */
export interface SequenceResult {
  /** The attacked images, `[n, h, w, c]`, those that stand as they were; the caller's to free. */
  readonly images: Images;
  /** Which of them fool the victim. */
  readonly success: readonly boolean[];
  /** The first attack that took each image; `"clean"` where none was needed, `null` where none did. */
  readonly takenBy: readonly (string | null)[];
  /** What each attack did, in order. */
  readonly stages: readonly StageRecord[];
  /** What makes the numbers doubtful, of the images as they were and of all attacks together; absent where nothing does. */
  readonly faults?: Faults;
}

/**
 * Runs attacks one after the other, each on what the others have left standing: the worst case, image by image.
 *
 * The victim alone has to be fooled, and the images as they are come first. Since random draws follow an image's id, an attack does
 * to an image what it does with all the others beside it.
 *
 * @param victim What is to be fooled, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param stages The attacks by name, in order.
 * @param options The ball, targets, and who is shown what.
 * @throws {TypeError} Where images, labels or targets are of another type or shape.
 * @throws {RangeError} Where an attack does not return as many images as it was shown, the victim returns no logits, or an
 * option is wrong.
 * @throws {DOMException} `AbortError`, when the signal fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fgs, inSequence, linf, square } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the image is bright; rounding hides the gradient.
 * const victim = (x: tf.Tensor4D) => {
 *   const bright = x.mul(20).round().mean([1, 2, 3]).sub(10.2);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 4, 4, 1], 0.45) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const ball = linf(0.1);
 * const { takenBy } = await inSequence(victim, batch, {
 *   fgs: (part) => fgs(victim, part, { ball }),
 *   square: (part) => square(victim, part, { ball, queries: 50 }),
 * });
 * assertEquals(takenBy, ["square"]);
 * ```
 */
export async function inSequence(
  victim: Victim,
  batch: Batch,
  stages: Readonly<Record<string, Stage>>,
  options: InSequenceOptions = {},
): Promise<SequenceResult> {
  checkOptions("inSequence", settings, options);
  checkBatchShapes(batch, options.targets);
  checkSetting("stages", object("a record of attacks by name"), stages);
  for (const [name, stage] of Object.entries(stages)) {
    checkSetting(`stage ${JSON.stringify(name)}`, callable(), stage);
  }
  const { ball, targets, shown = "survivors", progress, signal: stopped } = options;
  const count = batch.images.shape[0], images = standing(count), records: StageRecord[] = [];
  const parts: Part[] = [{ rows: images.everyone, images: batch.images.clone() }];
  const names = Object.keys(stages);
  try {
    const clean = await images.show("clean", images.everyone, async () => {
      const asAttacked = targets && { images: batch.images, targets };
      return await judge(victim, batch, asAttacked);
    });
    let faults = clean.faults;
    for (const [index, name] of names.entries()) {
      await pause(stopped);
      const before = images.rows(), rows = shown === "everyone" ? images.everyone : before;
      if (rows.length === 0) break;
      const turn = await images.show(name, rows, async () => {
        const made = await staged(victim, batch, stages[name]!, { ball, rows, targets, signal: stopped });
        keep(made, before);
        return made.judgement;
      });
      faults = addFaults(faults, turn.faults);
      records.push(recordOf(name, turn, images.rows().length));
      progress?.update(index + 1, names.length);
    }
    const takenBy = images.takenBy();
    return {
      images: inOrder(parts, count),
      success: takenBy.map((by) => by !== null),
      takenBy,
      stages: records,
      ...(hasFaults(faults) ? { faults } : {}),
    };
  } finally {
    tf.dispose(parts.map(({ images }) => images));
    progress?.done(stopped?.aborted ? "stopped" : undefined);
  }

  /** Of what an attack has made, the images that nothing had taken before. */
  function keep({ rows, images, judgement: { stands } }: Staged, standing: readonly number[]): void {
    const stood = new Set(standing),
      newlyFallen = rows.flatMap((row, i) => !stands[i] && stood.has(row) ? [i] : []);
    if (newlyFallen.length > 0) {
      const taken = tf.tidy(() => images.gather<Images>(tf.tensor1d(newlyFallen, "int32")));
      parts.push({ rows: newlyFallen.map((i) => rows[i]!), images: taken });
    }
    images.dispose();
  }
}

function recordOf(attack: string, { shown, fallen, passes, faults }: Turn, standing: number): StageRecord {
  return {
    attack,
    shown: shown.length,
    fallen: fallen.length,
    standing,
    passes,
    ...(hasFaults(faults) ? { faults } : {}),
  };
}

/** What an attack has made of some rows, and what the judge says of it. */
interface Staged {
  readonly rows: readonly number[];
  readonly images: Images;
  readonly judgement: Judgement;
}

/** One attack on some rows of the batch. */
async function staged(
  victim: Victim,
  batch: Batch,
  stage: Stage,
  { ball, rows, targets, signal }: Pick<InSequenceOptions, "ball" | "targets" | "signal"> & {
    readonly rows: readonly number[];
  },
): Promise<Staged> {
  const { paddedRows, ...part } = subset(batch, rows);
  const aim = targets && tf.tidy(() => targets.gather<Labels>(tf.tensor1d([...paddedRows], "int32")));
  try {
    const shown = { rows: paddedRows, ...(aim ? { targets: aim } : {}), ...(signal ? { signal } : {}) };
    const images = await stage(part, shown);
    try {
      const within = ball && ballOf(ball, paddedRows), count = rows.length;
      const judgement = await judgeAttack(victim, part, { images, ball: within, targets: aim, count });
      return { rows, images, judgement };
    } catch (error) {
      images.dispose();
      throw error;
    }
  } finally {
    tf.dispose([part.images, part.labels, ...(aim ? [aim] : [])]);
  }
}
