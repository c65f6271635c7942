import { count, type Settings, size, word } from "../../kinds/mod.ts";
import {
  type Batch,
  type Classifier,
  evaluated,
  type Images,
  type Labels,
  type Logits,
  tf,
  valueAndGradients,
} from "../../tensor/mod.ts";
import { usualAdamStep } from "../steps/adam.ts";
import { attackLoss } from "../steps/attack_loss.ts";
import { checkOptions } from "../steps/attack_options.ts";
import { finite } from "../steps/finite.ts";
import { lead } from "../../judge/mod.ts";
import { logitsToClimb, logitsToTell } from "../steps/logits_to_climb.ts";
import { checkBatch } from "../steps/check_batch.ts";
import { distance } from "../steps/ball.ts";
import { advance, iterateUntil } from "../steps/iterated.ts";
import {
  inBall,
  isFooled,
  type MinimalOptions,
  type MinimalResult,
  minimalSettings,
  ofNothing,
} from "../steps/minimal.ts";
import { fromTanhSpace, toTanhSpace } from "./tanh_space.ts";

/** How {@linkcode carliniWagnerL2} searches; the defaults are those of the authors' code but for `steps`. */
export interface CarliniWagnerL2Options extends MinimalOptions {
  /** How many values of c are tried for each image. Default 9. */
  readonly searches?: number;
  /** How many steps of Adam for each c. Default 1000; the authors' code has 10 000. */
  readonly steps?: number;
  /** Adam's step size, in tanh space. Default 0.01. */
  readonly stepSize?: number;
  /** The first c. Default 0.001. */
  readonly initialConstant?: number;
  /** Whether an image waits for the next c once two tenths of the steps have not lowered its loss by 0.01 %. Default true. */
  readonly abortEarly?: boolean;
}

/** The settings of {@linkcode CarliniWagnerL2Options}. */
export const carliniWagnerL2Settings: Settings = {
  ...minimalSettings,
  norm: word(["l2"]), // as `carliniWagner` has it
  searches: count({ least: 1, default: 9 }),
  steps: count({ least: 1, default: 1000 }),
  stepSize: size({ default: 0.01 }),
  initialConstant: size({ default: 1e-3 }),
  abortEarly: { wanted: "true or false", accepts: (value) => typeof value === "boolean", default: true },
};

/** As large as infinity counts in a gradient: Adam takes its square. */
const STEEPEST = 1e15;

const UNBOUNDED = 1e10;

/** At how many looks in a row an image may not have improved. At one only, it may be swinging. */
const PATIENCE = 2;

/**
 * Carlini & Wagner's L2 attack (2017, Section VI-A): the smallest change that is misclassified.
 *
 * min over w of ‖x(w) − x‖² + c · max(0, κ − margin), where x(w) = (tanh w + 1) / 2, by Adam. A c that succeeds is
 * halved towards the largest that did not, one that fails is multiplied by 10 until the first success. Of all images
 * seen that are misclassified, the nearest is returned. The batch is searched at once, with a c for each image.
 *
 * Departure: with `abortEarly` each image is looked at by itself, and has two looks' time, where the authors' code gives
 * the whole batch up at one; so an image fares the same in any batch.
 * An image that is misclassified already is a success at distance 0; one for which nothing was found comes back as it
 * was, with `success` false and an infinite distance.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options How long it may search.
 * @returns The images, which of them succeeded, and at what Euclidean distance.
 * @throws {RangeError} Where the surrogate does not return logits, or counts do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { carliniWagnerL2 } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const stubborn = (x: tf.Tensor4D) => x.reshape([1, 2]).mul(0).add([1, 0]) as tf.Tensor2D;
 * const batch = { images: tf.fill([1, 1, 2, 1], 0.4) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const { success } = await carliniWagnerL2(stubborn, batch, { searches: 2, steps: 10 });
 * assertEquals([...await success.data()], [0]);
 * ```
 */
export async function carliniWagnerL2(
  surrogate: Classifier,
  batch: Batch,
  options: CarliniWagnerL2Options = {},
): Promise<MinimalResult> {
  checkOptions("carliniWagnerL2", carliniWagnerL2Settings, options);
  const { signal, targets, confidence = 0, searches = 9, steps = 1000, stepSize = 0.01 } = options;
  const { initialConstant = 1e-3, abortEarly = true } = options;
  await checkBatch(batch, { surrogate, targets });
  if (batch.images.shape[0] === 0) return ofNothing(batch);
  const { images: original, labels } = batch, count = original.shape[0];
  const every = Math.ceil(steps / 10);

  const begin = (): Search => {
    const start = toTanhSpace(original);
    const already = isFooled(surrogate, batch, original, { targets, confidence });
    return {
      start,
      centre: fromTanhSpace(start),
      ...fresh(start),
      constant: tf.fill([count], initialConstant),
      tooSmall: tf.zeros([count]),
      enough: tf.fill([count], UNBOUNDED),
      best: original.clone(),
      nearest: tf.where(already, 0, UNBOUNDED) as tf.Tensor1D,
    };
  };
  const step = (state: Search, index: number): Search => {
    const inputs = [state.w, state.centre, state.constant, labels, ...(targets ? [targets] : [])];
    const [slope, images, over, loss] = evaluated(
      surrogate,
      `carliniWagnerL2, confidence ${confidence}`,
      inputs,
      (w, centre, constant, labels, targets) => {
        const leadOf = (logits: tf.Tensor) =>
          lead(logits as Logits, labels as Labels, targets as Labels | undefined);
        const { gradients, aux } = valueAndGradients(({ w }) => {
          const images = fromTanhSpace(w as Images);
          const logits = logitsToClimb(surrogate, images);
          const margin = attackLoss("margin", logits, labels as Labels, targets as Labels | undefined);
          const squares = images.sub(centre!).square().sum<tf.Tensor1D>([1, 2, 3]);
          const short = tf.sub(confidence, margin).relu();
          const each = squares.add(short.mul(constant!));
          return { loss: each.sum(), aux: { images, told: logitsToTell(surrogate, images, logits), each } };
        }, { w: w! });
        return [finite(gradients.w!, STEEPEST), aux.images, leadOf(aux.told), aux.each];
      },
    ) as [Images, Images, tf.Tensor1D, tf.Tensor1D];
    const fooled = over.greater<tf.Tensor1D>(confidence);
    const far = distance("l2", images, original),
      nearer = fooled.logicalAnd<tf.Tensor1D>(far.less(state.nearest));
    const { variable, mean, square } = usualAdamStep(state.w, slope, state, { stepSize, index });
    const progress = abortEarly && index % every === 0 ? looked(state, loss) : {};
    const moving = state.idle.less<tf.Tensor1D>(PATIENCE);
    return {
      ...state,
      w: tf.where(moving.reshape([count, 1, 1, 1]), variable, state.w),
      mean,
      square,
      ...progress,
      found: state.found.logicalOr(fooled),
      best: tf.where(nearer.reshape([count, 1, 1, 1]), images, state.best),
      nearest: tf.where(nearer, far, state.nearest),
    };
  };
  const nextConstant = (state: Search): Search => {
    const { found, constant } = state;
    const enough = tf.where(found, constant, state.enough),
      tooSmall = tf.where(found, state.tooSmall, constant);
    const between = tooSmall.add(enough).mul(0.5);
    const next = tf.where(enough.less(UNBOUNDED), between, constant.mul(10)) as tf.Tensor1D;
    return { ...state, ...fresh(state.start), enough, tooSmall, constant: next };
  };

  let state = tf.tidy(begin);
  try {
    for (let search = 0; search < searches; search++) {
      state = await iterateUntil(state, steps, step, {
        signal,
        every,
        enough: async ({ idle }) => abortEarly && (await idle.data()).every((looks) => looks >= PATIENCE),
      });
      state = advance(state, nextConstant);
    }
    return tf.tidy(() => {
      const found = state.nearest.less<tf.Tensor1D>(UNBOUNDED), images = state.best;
      const success = isFooled(surrogate, batch, images, { targets, confidence }).logicalAnd<tf.Tensor1D>(
        found,
      );
      return inBall(surrogate, batch, { images, success }, { ...options, norm: "l2" });
    });
  } finally {
    tf.dispose(Object.values(state));
  }
}

type Search = {
  /** w of the images, and what it is mapped back to. */
  readonly start: Images;
  readonly centre: Images;
  readonly w: Images;
  /** Adam's. */
  readonly mean: tf.Tensor;
  readonly square: tf.Tensor;
  /** The least at any look, and at how many looks since it has not been lower. */
  readonly loss: tf.Tensor1D;
  readonly idle: tf.Tensor1D;
  /** Whether this c has succeeded. */
  readonly found: tf.Tensor1D;
  /** c, the largest that failed, the smallest that succeeded. */
  readonly constant: tf.Tensor1D;
  readonly tooSmall: tf.Tensor1D;
  readonly enough: tf.Tensor1D;
  /** The nearest success of all, and its distance. */
  readonly best: Images;
  readonly nearest: tf.Tensor1D;
};

/** After a tenth of the steps. */
function looked({ loss, idle }: Search, now: tf.Tensor1D): Pick<Search, "loss" | "idle"> {
  const lower = now.lessEqual(loss.mul(0.9999));
  return { loss: loss.minimum(now), idle: tf.where(lower, tf.zerosLike(idle), idle.add(1)) };
}

/** What a search with a new c begins with. */
function fresh(start: Images): Pick<Search, "w" | "mean" | "square" | "loss" | "idle" | "found"> {
  const count = start.shape[0];
  return {
    w: start.clone(),
    mean: tf.zerosLike(start),
    square: tf.zerosLike(start),
    loss: tf.fill([count], Infinity),
    idle: tf.zeros([count]),
    found: tf.zeros([count], "bool"),
  };
}
