import { type Batch, type Classifier, type Images, type Labels, tf } from "../../tensor/mod.ts";
import { inOrder } from "../active_set.ts";
import { leadOf } from "../../judge/mod.ts";

/** The best result for each image so far, judged by the victim. */
export interface Scoreboard {
  /** The strongest version of each image so far, `[n, h, w, c]`. */
  readonly best: Images;
  /** The victim's lead of each; above 0 the image has fallen. */
  readonly margins: readonly number[];
  /** The name of the candidate that broke each image; null for those that stand. */
  readonly brokenBy: readonly (string | null)[];
}

/** The leads of images by a victim, read back from the device. */
export async function marginsOf(
  victim: Classifier,
  images: Images,
  labels: Labels,
  targets: Labels | undefined,
): Promise<readonly number[]> {
  const over = tf.tidy(() => leadOf(victim, images, labels, targets));
  try {
    return [...await over.data()];
  } finally {
    over.dispose();
  }
}

/** The rows of images that still stand. */
export function standingOf({ brokenBy }: Pick<Scoreboard, "brokenBy">): number[] {
  return brokenBy.flatMap((by, row) => by === null ? [row] : []);
}

/** The rows of the images that stand and are nearest to falling, this many at most, in order. */
export function nearest({ brokenBy, margins }: Scoreboard, most: number): number[] {
  const byMargin = standingOf({ brokenBy }).sort((a, b) =>
    margins[a] === margins[b] ? 0 : margins[b]! - margins[a]!
  );
  return byMargin.slice(0, most).sort((a, b) => a - b);
}

/**
 * The scoreboard after another attempt. The images of the one before are freed if they change.
 *
 * @param before The scoreboard.
 * @param rows The rows of the attacked images. Images that had fallen before keep the name of the first candidate.
 * @param images Row i is the attacked version of image `rows[i]`; more rows are padding.
 * @param margins The victim's leads of these.
 * @param name The name of the candidate.
 */
export function after(
  before: Scoreboard,
  rows: readonly number[],
  images: Images,
  margins: ArrayLike<number>,
  name: string,
): Scoreboard {
  const better = rows.flatMap((row, i) => margins[i]! > before.margins[row]! ? [i] : []);
  if (better.length === 0) return before;
  const now = [...before.margins], by = [...before.brokenBy];
  for (const i of better) {
    now[rows[i]!] = margins[i]!;
    if (margins[i]! > 0) by[rows[i]!] ??= name;
  }
  const all = now.map((_, row) => row);
  const best = tf.tidy(() =>
    inOrder([{ rows: all, images: before.best }, {
      rows: better.map((i) => rows[i]!),
      images: images.gather(tf.tensor1d(better, "int32")),
    }], all.length)
  );
  before.best.dispose();
  return { best, margins: now, brokenBy: by };
}

/** The original images where they stand, and the best versions of those that have fallen. */
export function outcome({ images }: Batch, { best, brokenBy }: Scoreboard): Images {
  return tf.tidy(() => {
    const fallen = tf.tensor(brokenBy.map((by) => by !== null), [brokenBy.length, 1, 1, 1], "bool");
    return tf.where(fallen, best, images);
  });
}
