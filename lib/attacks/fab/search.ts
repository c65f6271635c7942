import {
  type Batch,
  type Classifier,
  evaluated,
  type Images,
  type Labels,
  pause,
  tf,
} from "../../tensor/mod.ts";
import { type FabAim, linearBoundary } from "./boundary.ts";
import { ontoHyperplane } from "./hyperplane.ts";
import { likeliestWrong } from "../steps/likeliest_wrong.ts";
import { batchSizeFor, inOrder, padding, type Part } from "../active_set.ts";
import { isFallen, leadOf } from "../../judge/mod.ts";
import { logitsToClimb, logitsToTell } from "../steps/logits_to_climb.ts";
import { distance, type Norm, radii, randomStart } from "../steps/ball.ts";
import { checkBatch } from "../steps/check_batch.ts";
import { withoutNaN } from "../steps/finite.ts";
import { imageSeeds } from "../steps/image_seeds.ts";
import { advance, select } from "../steps/iterated.ts";
import { inBall, type MinimalOptions, type MinimalResult } from "../steps/minimal.ts";

/** What `fab` and `fabTargeted` tell their search. */
export interface FabSearchOptions extends Omit<MinimalOptions, "confidence"> {
  readonly norm?: Norm;
  readonly steps?: number;
  readonly restarts?: number;
  readonly alphaMax?: number;
  readonly eta?: number;
  readonly beta?: number;
  readonly stop?: "on success" | "at the end";
  readonly seed?: number;
  /** Which boundary is gone to. */
  readonly aim: FabAim;
  /** How many classes are gone to, one after the other, if the aim is a class. Default 1. */
  readonly targetCount?: number;
}

/** Numbers of a state, in the order of its rows. Rows that follow are padding. */
type Search = {
  readonly original: Images;
  readonly labels: Labels;
  /** x. */
  readonly current: Images;
  /** The nearest success, or the image itself; and its distance, 0 where the image is misclassified as it is. */
  readonly images: Images;
  readonly nearest: tf.Tensor1D;
  /** At which distance an image is done with. */
  readonly enough: tf.Tensor1D;
  /** ε of the random restarts. */
  readonly reach: tf.Tensor1D;
  /** Targets, or the likeliest wrong classes, `[n, count]`. */
  readonly ranked: tf.Tensor2D;
};

const FAR = 1e10;
/** As far as the authors' code goes for a random start, in their [0, 1]. */
const REACH: Readonly<Record<Norm, number>> = { linf: 0.3, l2: 1, l1: 5 };
/** A success is in the ball where it is a hair nearer than ε, so that no rounding takes it out again. */
const HAIR = 1e-3;

const perImage = (values: tf.Tensor): tf.Tensor => values.reshape([-1, 1, 1, 1]);

/** FAB, towards any class or towards several in turn. See {@linkcode fab}. */
export async function fabSearch(
  surrogate: Classifier,
  batch: Batch,
  options: FabSearchOptions,
): Promise<MinimalResult> {
  const { aim, ball, targets, norm = ball?.norm ?? "linf", steps = 100, restarts = 1, seed = 0 } = options;
  await checkBatch(batch, { surrogate, targets });
  checkStop(options);
  const count = batch.images.shape[0];
  if (count === 0) {
    return { images: batch.images.clone(), success: tf.zeros([0], "bool"), distance: tf.zeros([0]) };
  }
  const ids = batch.ids ?? Array.from({ length: count }, (_, i) => i);

  let standing: Standing = {
    rows: Array.from({ length: count }, (_, i) => i),
    search: tf.tidy(() => beginning(surrogate, batch, { ...options, norm })),
  };
  const left: Part[] = [];
  try {
    const ranks = aim === "class" ? standing.search.ranked.shape[1] : 1;
    search: for (let rank = 0; rank < ranks; rank++) {
      for (let restart = 0; restart < restarts; restart++) {
        const start = (search: Search): Search => {
          const padded = search.original.shape[0], { rows } = standing;
          const its = Array.from({ length: padded }, (_, i) => ids[rows[i] ?? rows[0]!]!);
          const seeds = imageSeeds({ images: search.original, ids: its }, seed, "fab", rank, restart);
          return {
            ...search,
            current: restart === 0 ? search.original.clone() : nearby(search, norm, seeds),
          };
        };
        for (let index = 0; index < steps; index++) {
          await pause(options.signal);
          if (index % 10 === 0) {
            standing = await withoutFallen(standing, left);
            if (standing.rows.length === 0) break search;
          }
          const search = advance(
            standing.search,
            (search) => step(surrogate, index === 0 ? start(search) : search, { ...options, norm, rank }),
          );
          standing = { ...standing, search };
        }
      }
    }
    return tf.tidy(() => {
      const found = inOrder([...left, { rows: standing.rows, images: standing.search.images }], count);
      return inBall(surrogate, batch, backwards(surrogate, batch, found, targets), { ...options, norm });
    });
  } finally {
    tf.dispose([Object.values(standing.search), left.map(({ images }) => images)]);
  }
}

/** Throws where an image is to rest in a ball that its distances do not measure. */
function checkStop({ ball, norm, stop }: FabSearchOptions): void {
  if (stop !== "on success" || (ball && (norm ?? ball.norm) === ball.norm)) return;
  const where = ball ? `in an ${ball.norm} ball with distances in ${norm}` : "without a ball";
  throw new RangeError(`Cannot stop on success ${where}: a ball of the attack's norm is wanted`);
}

function beginning(
  surrogate: Classifier,
  { images, labels }: Batch,
  { aim, ball, norm, stop, targets, targetCount = 1 }: FabSearchOptions & { readonly norm: Norm },
): Search {
  const count = images.shape[0],
    [logits, told] = evaluated(surrogate, "logits to climb, to tell", [images], (x) => {
      const logits = logitsToClimb(surrogate, x as Images);
      return [logits, logitsToTell(surrogate, x as Images, logits)];
    });
  const isWrong = isFallen(told as tf.Tensor2D, labels, targets);
  const each = (radius: tf.Tensor) => radius.reshape<tf.Tensor1D>([-1]).add<tf.Tensor1D>(tf.zeros([count]));
  const epsilon = ball?.norm === norm ? radii(ball, count) : tf.scalar(REACH[norm]);
  return {
    original: images.clone(),
    labels: labels.clone(),
    current: images.clone(),
    images: images.clone(),
    nearest: tf.where(isWrong, 0, tf.fill([count], FAR)) as tf.Tensor1D,
    enough: each(stop === "on success" ? epsilon.mul(1 - HAIR) : tf.scalar(0)),
    reach: each(epsilon),
    ranked: aim === "class"
      ? likeliestWrong(logits as tf.Tensor2D, labels, targetCount)
      : (targets ?? labels).expandDims<tf.Tensor2D>(1),
  };
}

/** A random restart: within half of the way to what was found, and within ε / 2. */
function nearby({ original, nearest, reach }: Search, norm: Norm, seeds: readonly number[]): Images {
  return randomStart({ norm, epsilon: perImage(nearest.minimum(reach).mul(0.5)) }, original, seeds);
}

/** One step of Algorithm 1, and the look at where it has led. */
function step(
  surrogate: Classifier,
  state: Search,
  { norm, aim, rank, alphaMax = 0.1, eta = 1.05, beta = 0.9 }: FabSearchOptions & {
    readonly norm: Norm;
    readonly rank: number;
  },
): Search {
  const given = tf.tidy(() => state.ranked.slice([0, aim === "class" ? rank : 0], [-1, 1]).squeeze([1]));
  const inputs = [
    state.original,
    state.labels,
    state.current,
    state.images,
    state.nearest,
    state.enough,
    given,
  ];
  const name = `fab ${norm} ${aim} ${alphaMax} ${eta} ${beta}`;
  const [current, images, nearest] = evaluated(surrogate, name, inputs, (...inputs) => {
    const [original, labels, x, images, nearest, enough, classes] = inputs as [
      Images,
      Labels,
      Images,
      Images,
      tf.Tensor1D,
      tf.Tensor1D,
      Labels,
    ];
    const { value, slope } = linearBoundary(surrogate, x, { aim, norm, labels, classes });
    const atOriginal = value.add<tf.Tensor1D>(slope.mul(original.sub(x)).sum([1, 2, 3]));
    const changes = ontoHyperplane(norm, tf.concat([x, original]), {
      normals: tf.concat([slope, slope]),
      values: tf.concat([value, atOriginal]),
    });
    const [fromX, fromOriginal] = tf.split(changes, 2) as [Images, Images]; //                 d⁽ⁱ⁾, d_orig⁽ⁱ⁾
    const [a, b] = tf.split(distance(norm, changes, tf.zerosLike(changes)).maximum(1e-8), 2) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const alpha = perImage(a.div(a.add(b)).minimum(alphaMax));
    const next = x.add(fromX.mul(eta)).mul(tf.sub(1, alpha))
      .add(original.add(fromOriginal.mul(eta)).mul(alpha)).clipByValue(0, 1) as Images;
    const over = leadOf(surrogate, next, labels, aim === "target" ? classes : undefined),
      far = distance(norm, next, original);
    const fooled = over.greater<tf.Tensor1D>(0);
    const nearer = fooled.logicalAnd(far.less(nearest)).logicalAnd<tf.Tensor1D>(nearest.greater(enough));
    return [
      tf.where(perImage(fooled), original.add(next.sub(original).mul(beta)), next),
      tf.where(perImage(nearer), next, images),
      tf.where(nearer, far, nearest),
    ];
  }) as [Images, Images, tf.Tensor1D];
  return { ...state, current, images, nearest };
}

const FINAL_STEPS = 3;

/**
 * The final search: from a success back to where a straight line between it and the image should meet the boundary.
 * A tenth of the way is left out, since on the boundary itself half of the points are none.
 */
function backwards(
  surrogate: Classifier,
  { images: original, labels }: Batch,
  found: Images,
  targets: Labels | undefined,
): { images: Images; success: tf.Tensor1D } {
  const inputs = targets ? [original, found, labels, targets] : [original, found, labels];
  const [images, success] = evaluated(
    surrogate,
    "fab's final search",
    inputs,
    (original, found, labels, targets) => {
      const over = (images: Images) =>
        leadOf(surrogate, images, labels as Labels, targets as Labels | undefined);
      let inside = original as Images,
        outside = found as Images,
        under = over(inside),
        beyond = over(outside);
      for (let i = 0; i < FINAL_STEPS; i++) {
        const crossing = withoutNaN(under.div(under.sub(beyond).minimum(-1e-12)), 0.5).clipByValue(0, 1);
        const share = perImage(crossing.mul(0.9).add(0.1));
        const between = inside.add(outside.sub(inside).mul(share)).clipByValue(0, 1) as Images,
          there = over(between);
        const fooled = there.greater(0), rows = perImage(fooled);
        [inside, outside] = [tf.where(rows, inside, between), tf.where(rows, between, outside)];
        [under, beyond] = [tf.where(fooled, under, there), tf.where(fooled, there, beyond)];
      }
      return [outside, beyond.greater(0)];
    },
  ) as [Images, tf.Tensor1D];
  return { images, success };
}

/** The images that are still attacked: row i of the search is row `rows[i]` of the batch; rows that follow are padding. */
interface Standing {
  readonly rows: readonly number[];
  readonly search: Search;
}

/** Lets those go that are done with, where the rest fits a smaller batch. */
async function withoutFallen({ rows, search }: Standing, left: Part[]): Promise<Standing> {
  const open = tf.tidy(() => search.nearest.greater(search.enough)), values = await open.data();
  open.dispose();
  const gone = rows.flatMap((_, i) => values[i] ? [] : [i]),
    stay = rows.flatMap((_, i) => values[i] ? [i] : []);
  const size = search.original.shape[0], padded = stay.length === 0 ? 0 : batchSizeFor(stay.length, size);
  if (padded === size) return { rows, search };
  const rowsOf = (indices: readonly number[]) => indices.map((i) => rows[i]!);
  left.push({
    rows: rowsOf(gone),
    images: tf.tidy(() => search.images.gather(tf.tensor1d(gone, "int32"))),
  });
  const kept = select(search, padding(stay, padded)) as Search;
  tf.dispose(Object.values(search));
  return { rows: rowsOf(stay), search: kept };
}
