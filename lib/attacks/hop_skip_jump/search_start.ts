import { type Batch, type Classifier, fold, type Images, pause, tf, uniform } from "../../tensor/mod.ts";
import { toBoundary } from "./boundary_search.ts";
import { decides, type Question } from "./decision.ts";
import { batchSizeFor, inOrder, padding, type Part } from "../active_set.ts";
import { distance } from "../steps/ball.ts";

/** Where a search for the boundary begins. */
export interface SearchBegin {
  /** `[n, h, w, c]`; where nothing was found, the image itself. */
  readonly images: Images;
  /** Which are what the attacker wants. */
  readonly found: readonly boolean[];
}

/** How {@linkcode searchStart} looks for it. */
export interface SearchStartOptions {
  /** How distances are measured. */
  readonly norm: "linf" | "l2";
  /** What is tried first, `[n, h, w, c]`. */
  readonly starts?: Images | undefined;
  /** What is asked. */
  readonly question: Question;
  /** Which images need no start. */
  readonly already: readonly boolean[];
  /** How often the victim was asked about each image; it is counted on. */
  readonly spent: number[];
  /** How often that may be. */
  readonly queries: number;
  /** How often noise is drawn at most until it will do. */
  readonly draws: number;
  /** How many draws there are from the one on that will do; the nearest begins. */
  readonly tries: number;
  /** Fixes the noise. */
  readonly seed: number;
  /** Stops the search between two draws. */
  readonly signal?: AbortSignal | undefined;
}

/** How often the way from noise to the image is halved, to tell how near the boundary is there. */
const COARSE = 4;

/**
 * For each image one that is what the attacker wants: what was given, or uniform noise, blended with the image as far as
 * it remains so.
 *
 * @param victim What is asked.
 * @param batch The images.
 * @param options What is wanted, and how long to look for it.
 */
export async function searchStart(
  victim: Classifier,
  batch: Batch,
  { norm, starts, question, already, spent, queries, draws, tries, seed, signal }: SearchStartOptions,
): Promise<SearchBegin> {
  const [count, height, width, channels] = batch.images.shape;
  const rows = already.map((_, row) => row), ids = batch.ids ?? rows;
  const first: number[] = [], least: number[] = rows.map(() => Infinity); // the draw that will do; how near it is
  const parts: Part[] = [{ rows, images: batch.images }]; // of several that are a row's, the last counts

  async function attempt(
    open: readonly number[],
    draw: number,
    candidates: (places: readonly number[], indices: tf.Tensor1D) => Images,
  ): Promise<void> {
    const places = padding(open, batchSizeFor(open.length, count));
    const held = tf.tidy(() => {
      const indices = tf.tensor1d([...places], "int32"), images = candidates(places, indices);
      const asked = { ...question, classes: question.classes.gather(indices) };
      return { indices, classes: asked.classes, images, wanted: decides(victim, images, asked) };
    });
    try {
      const said = await held.wanted.data();
      open.forEach((row, i) => spent[row]! += said[i] ? 1 + COARSE : 1);
      if (!open.some((_, i) => said[i])) return;
      const [images, far] = tf.tidy(() => {
        const { indices, classes } = held, original = batch.images.gather(indices);
        const asked = { ...question, classes, norm: "l2", times: COARSE } as const;
        const images = toBoundary(victim, original, held.images, asked);
        return [images, distance(norm, images, original)];
      });
      const distances = await far.data();
      const nearer = open.flatMap((row, i) => said[i] && distances[i]! < least[row]! ? [i] : []);
      for (const i of nearer) {
        first[open[i]!] ??= draw;
        least[open[i]!] = distances[i]!;
      }
      if (nearer.length > 0) {
        const these = tf.tidy(() => images.gather(tf.tensor1d(nearer, "int32")));
        parts.push({ rows: nearer.map((i) => open[i]!), images: these });
      }
      tf.dispose([images, far]);
    } finally {
      tf.dispose(held);
    }
  }

  try {
    const standing = rows.filter((row) => !already[row]);
    if (starts && standing.length > 0) {
      await attempt(standing, -tries, (_, indices) => starts.gather(indices));
    }
    for (let draw = 0; draw < draws; draw++) {
      await pause(signal);
      const open = standing.filter((row) => spent[row]! < queries && draw < (first[row] ?? draw) + tries);
      if (open.length === 0) break;
      await attempt(open, draw, (places) => {
        const seeds = places.map((row) => fold(seed, "hopSkipJump", "start", draw, ids[row]!));
        return uniform<tf.Rank.R4>([places.length, height, width, channels], 0, 1, seeds);
      });
    }
    return { images: inOrder(parts, count), found: rows.map((row) => first[row] !== undefined) };
  } finally {
    tf.dispose(parts.slice(1).map(({ images }) => images));
  }
}
