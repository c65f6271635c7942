import { type Batch, type Classifier, type Images, type Labels, tf } from "../../tensor/mod.ts";
import { inOrder } from "../active_set.ts";
import { leadOf } from "../../judge/mod.ts";

/** What has been reached of each image, as the victim itself judges it. */
export interface Scoreboard {
  /** The strongest version of each image so far, `[n, h, w, c]`. */
  readonly best: Images;
  /** The victim's margins of those; above 0 the image has fallen. */
  readonly margins: readonly number[];
  /** Who made it fall, by image; null for those that stand. */
  readonly brokenBy: readonly (string | null)[];
}

/** The margins that a victim gives images, read back. */
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
export function standingOf({ brokenBy }: Scoreboard): number[] {
  return brokenBy.flatMap((by, row) => by === null ? [row] : []);
}

/**
 * The scoreboard after another attempt; the one before is used up.
 *
 * @param before The scoreboard.
 * @param rows Which images of the batch were attacked. Those that had fallen keep the name of who came first.
 * @param images Row i is the attacked version of image `rows[i]`; more rows are padding.
 * @param margins The victim's, of these.
 * @param name Who has attacked.
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

/** A batch's images where they stand, the strongest versions of those that have fallen. */
export function outcome({ images }: Batch, { best, brokenBy }: Scoreboard): Images {
  return tf.tidy(() => {
    const fallen = tf.tensor(brokenBy.map((by) => by !== null), [brokenBy.length, 1, 1, 1], "bool");
    return tf.where(fallen, best, images);
  });
}
