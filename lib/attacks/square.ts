import { count, type Settings, size } from "../kinds/mod.ts";
import {
  type Batch,
  type Classifier,
  evaluated,
  fold,
  type Images,
  type Labels,
  pause,
  random,
  tf,
} from "../tensor/mod.ts";
import { squareL2 } from "./square/square_l2.ts";
import { squareLinf } from "./square/square_linf.ts";
import type { SquareSearch } from "./square/square_search.ts";
import { batchSizeFor, inOrder, padding, type Part } from "./active_set.ts";
import { leadOf, logitsOf } from "../judge/mod.ts";
import { type Attack, defineAttack, type SpecOf } from "./attack.ts";
import { type AttackOptions, attackSettings, signal } from "./steps/attack_options.ts";
import type { Norm } from "./steps/ball.ts";
import { checkBatch } from "./steps/check_batch.ts";

/** How {@linkcode square} searches. */
export interface SquareOptions extends Omit<AttackOptions, "loss"> {
  /** How often each image may be shown to the classifier. Default 5000, as in AutoAttack. */
  readonly queries?: number;
  /** The share of the pixels that the first squares cover, in (0, 1]. Default 0.8. */
  readonly p?: number;
  /** Stops the search between two queries. */
  readonly signal?: AbortSignal;
}

/** {@linkcode square} as data. */
export type SquareSpec = SpecOf<"square", SquareOptions>;

const { loss: _, ...plain } = attackSettings;
const settings: Settings = {
  ...plain,
  queries: count({ least: 1, default: 5000 }),
  p: size({ above: 0, most: 1, default: 0.8 }),
  signal,
};

/** After how many squares the share is halved, for 10 000 queries. */
const HALVINGS = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

async function attack(victim: Classifier, batch: Batch, options: SquareOptions): Promise<Images> {
  const { ball, targets, queries = 5000, p = 0.8, seed = 0 } = options;
  const search = searchIn(ball.norm), aim = targets ? "towards" : "away from", { images: original } = batch;
  await checkBatch(batch, { targets });
  const [count, height, width] = original.shape;
  if (count === 0) return original.clone();
  const rows = Array.from({ length: count }, (_, row) => row), { ids = rows } = batch;
  const draws = ({ rows, images }: Part, query: number) =>
    padding(rows, images.shape[0]).map((row) => random(fold(seed, "square", query, ids[row]!)));

  let known = 0; // how many classes there are
  let state: State = tf.tidy(() => {
    const classes = (targets ?? batch.labels).clone(), fixed = search.around(ball, original);
    const images = search.start(fixed, original.shape, draws({ rows, images: original }, 0));
    const [over, logits] = evaluated(victim, `first ${aim}`, [images, classes], (images, classes) => {
      const logits = logitsOf(victim, images as Images);
      return [aimedLead(() => logits, images as Images, classes as Labels, aim), logits];
    });
    known = logits!.shape[1]!;
    return { rows, images, lead: over as tf.Tensor1D, classes, fixed: fixed.map((x) => x.clone()) };
  });
  const fallen: Part[] = [];
  try {
    await checkBatch(batch, { classes: known, targets });
    for (let query = 1; query < queries; query++) {
      await pause(options.signal);
      if (isLookedAt(query)) {
        const over = await state.lead.data();
        const standing = state.rows.flatMap((_, i) => over[i]! > 0 ? [] : [i]);
        if (standing.length === 0) break;
        state = shrunk(state, standing, fallen);
      }
      const halvings = HALVINGS.filter((after) => query - 1 > after).length;
      const side = search.side(p / 2 ** halvings, height, width);
      state = asked(victim, state, { search, side, aim, norm: ball.norm, draws: draws(state, query) });
    }
    return inOrder([...fallen, state], count);
  } finally {
    tf.dispose([tensorsOf(state), fallen.map(({ images }) => images)]);
  }
}

/**
 * Square Attack (Andriushchenko et al. 2020): a random search that changes squares and needs no gradient, so that
 * what hides gradients does not stop it.
 *
 * It starts from vertical stripes (l2: from tiles) at the border of the ball. Each query changes one random square of
 * each image, and the change is kept where it raises the margin. Squares shrink with the number of queries, on the
 * paper's schedule for 10 000 of them whatever `queries` is, as AutoAttack has it. An image that has fallen stays as it
 * is. Those leave the batch when it can be halved: a frozen classifier is compiled for few shapes.
 *
 * What is drawn depends on the seed, the query and the image's id: more queries go on where fewer end.
 *
 * Departure: unlike in the authors' code, a linf square that changes nothing is not drawn again, and the schedule does
 * not stretch with `queries`. Two things are as in the paper that elsewhere are not, and make the attack stronger.
 * Squares reach the lower and the right border: in the authors' code, AutoAttack and torchattacks none does but one
 * as large as the image. In an l2 square each channel spends its own length: in the latter two, that of all channels.
 *
 * @param victim What is asked, images `[n, h, w, c]` to logits `[n, classes]`. It is never differentiated.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball, linf or l2, and how long to search it.
 * @returns The first version of each image that is misclassified (with targets: that is classified so); where there
 * is none, that of the largest margin. The caller's to free.
 * @throws {RangeError} Where the norm is another, the victim does not return logits, or numbers do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, square } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where more than half of the pixels are bright: its gradient is 0 everywhere.
 * const classifier = (x: tf.Tensor4D) => {
 *   const bright = x.round().mean([1, 2, 3]).sub(0.5);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 4, 4, 1], 0.45) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const attacked = await square(classifier, batch, { ball: linf(0.1), queries: 100 });
 * assertEquals([...await classifier(attacked).argMax(1).data()], [1]);
 * ```
 */
export const square: Attack<
  (victim: Classifier, batch: Batch, options: SquareOptions) => Promise<Images>,
  SquareSpec
> = defineAttack(attack, {
  name: "square",
  title: "Square",
  source: "Andriushchenko et al. 2020",
  asks: "scores",
  needsVictim: true,
  norms: ["linf", "l2"],
  settings,
  required: ["queries"],
  examples: ({ queries }) => ({ "Square": { queries } }),
});

interface State extends Part {
  /** Margins, `[m]`; above 0 where the image has fallen. */
  readonly lead: tf.Tensor1D;
  /** Labels, or targets. */
  readonly classes: Labels;
  /** The search's own. */
  readonly fixed: readonly tf.Tensor[];
}

type Aim = "towards" | "away from";

function searchIn(norm: Norm): SquareSearch {
  switch (norm) {
    case "linf":
      return squareLinf;
    case "l2":
      return squareL2;
    default:
      throw new RangeError(`Cannot search an ${norm} ball by squares: known are linf and l2`);
  }
}

function aimedLead(victim: Classifier, images: Images, classes: Labels, aim: Aim): tf.Tensor1D {
  return leadOf(victim, images, classes, aim === "towards" ? classes : undefined);
}

/** Reading back is slow on some backends. Many images fall to the first squares. */
function isLookedAt(query: number): boolean {
  return query % 50 === 0 || Number.isInteger(Math.log2(query));
}

function tensorsOf({ images, lead, classes, fixed }: State): tf.Tensor[] {
  return [images, lead, classes, ...fixed];
}

/** What one query makes of the images that still stand. */
function asked(
  victim: Classifier,
  state: State,
  { search, side, aim, norm, draws }: {
    readonly search: SquareSearch;
    readonly side: number;
    readonly aim: Aim;
    readonly norm: Norm;
    readonly draws: Parameters<SquareSearch["draw"]>[2];
  },
): State {
  const carried = tensorsOf(state),
    [images, over] = tf.tidy(() => {
      const drawn = search.draw(state.images.shape, side, draws);
      return evaluated(victim, `square ${norm} ${aim}`, [...carried, ...drawn], (...inputs) => {
        const [images, before, classes] = inputs as [Images, tf.Tensor1D, Labels];
        const fixed = inputs.slice(3, carried.length), drawn = inputs.slice(carried.length);
        const rival = search.propose(images, fixed, drawn), over = aimedLead(victim, rival, classes, aim);
        const kept = over.greater<tf.Tensor1D>(before).logicalAnd(before.lessEqual(0));
        return [tf.where(kept.reshape([-1, 1, 1, 1]), rival, images), tf.where(kept, over, before)];
      });
    });
  tf.dispose([state.images, state.lead]);
  return { ...state, images: images as Images, lead: over as tf.Tensor1D };
}

/** Puts away what has fallen, where the rest fits a smaller batch. */
function shrunk(state: State, standing: readonly number[], fallen: Part[]): State {
  const places = batchSizeFor(standing.length, state.images.shape[0]), tensors = tensorsOf(state);
  if (places === state.images.shape[0]) return state;
  const gone = state.rows.map((_, i) => i).filter((i) => !standing.includes(i));
  const rowsOf = (places: readonly number[]) => places.map((i) => state.rows[i]!);
  const pick = <T extends tf.Tensor>(tensor: T, places: readonly number[]): T =>
    tf.tidy(() => tensor.gather(tf.tensor1d([...places], "int32")));
  if (gone.length > 0) fallen.push({ rows: rowsOf(gone), images: pick(state.images, gone) });
  const [images, lead, classes, ...fixed] = tensors.map((tensor) => pick(tensor, padding(standing, places)));
  tf.dispose(tensors);
  return {
    rows: rowsOf(standing),
    images: images as Images,
    lead: lead as tf.Tensor1D,
    classes: classes as Labels,
    fixed,
  };
}
