import {
  type Batch,
  type Classifier,
  evaluated,
  type Images,
  type Labels,
  tf,
  valueAndGradients,
} from "../tensor/mod.ts";
import { adam } from "./_adam.ts";
import { checkCount, checkSize } from "./attack_options.ts";
import { checkBatch } from "./check_batch.ts";
import { distance } from "./ball.ts";
import { advance, iterateUntil } from "./iterated.ts";
import { inBall, type MinimalOptions, type MinimalResult } from "./minimal.ts";
import { strength } from "./strength.ts";
import { fromTanhSpace, toTanhSpace } from "./_tanh_space.ts";

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
  /** Whether to go to the next c where a tenth of the steps lowered the batch's loss by less than 0.01 %. Default true. */
  readonly abortEarly?: boolean;
}

const UNBOUNDED = 1e10;

/**
 * Carlini & Wagner's L2 attack (2017, Section VI-A): the smallest change that is misclassified.
 *
 * min over w of ‖x(w) − x‖² + c · max(0, κ − margin), where x(w) = (tanh w + 1) / 2, by Adam. A c that succeeds is
 * halved towards the largest that did not, one that fails is multiplied by 10 until the first success. Of all images
 * seen that are misclassified, the nearest is returned. The batch is searched at once, with a c for each image.
 *
 * Departure: an image for which nothing was found comes back as it was, with `success` false.
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
  const { targets, confidence = 0, searches = 9, steps = 1000, stepSize = 0.01 } = options;
  const { initialConstant = 1e-3, abortEarly = true } = options;
  await checkBatch(batch, { surrogate, targets });
  checkCount("searches", searches, 1);
  checkCount("steps", steps, 1);
  checkSize("step size", stepSize);
  checkSize("initial constant", initialConstant);
  const { images: original, labels } = batch, count = original.shape[0];

  const begin = (): Search => {
    const start = toTanhSpace(original);
    return {
      start,
      centre: fromTanhSpace(start),
      ...fresh(start),
      constant: tf.fill([count], initialConstant),
      tooSmall: tf.zeros([count]),
      enough: tf.fill([count], UNBOUNDED),
      best: original.clone(),
      nearest: tf.fill([count], UNBOUNDED),
    };
  };
  const step = (state: Search, index: number): Search => {
    const inputs = [state.w, state.centre, state.constant, labels, ...(targets ? [targets] : [])];
    const [slope, images, over, loss] = evaluated(
      surrogate,
      `carliniWagnerL2, confidence ${confidence}`,
      inputs,
      (w, centre, constant, labels, targets) => {
        const { value, gradients, aux } = valueAndGradients(({ w }) => {
          const images = fromTanhSpace(w as Images);
          const over = strength(surrogate, images, labels as Labels, targets as Labels | undefined);
          const squares = images.sub(centre!).square().sum<tf.Tensor1D>([1, 2, 3]);
          const short = tf.sub(confidence, over).relu();
          return { loss: squares.add(short.mul(constant!)).sum(), aux: { images, over } };
        }, { w: w! });
        return [gradients.w!, aux.images, aux.over, value];
      },
    ) as [Images, Images, tf.Tensor1D, tf.Scalar];
    const fooled = over.greater<tf.Tensor1D>(confidence);
    const far = distance("l2", images, original),
      nearer = fooled.logicalAnd<tf.Tensor1D>(far.less(state.nearest));
    const { variable, mean, square } = adam(state.w, slope, state, { stepSize, index });
    return {
      ...state,
      w: variable,
      mean,
      square,
      loss,
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
  for (let search = 0; search < searches; search++) {
    let before = Infinity;
    state = await iterateUntil(state, steps, step, {
      every: Math.ceil(steps / 10),
      enough: async ({ loss }) => {
        if (!abortEarly) return false;
        const now = (await loss.data())[0]!, stuck = !(now <= 0.9999 * before);
        before = now;
        return stuck;
      },
    });
    state = advance(state, nextConstant);
  }
  const result = tf.tidy(() =>
    inBall(surrogate, batch, { images: state.best, success: state.nearest.less(UNBOUNDED) }, {
      ...options,
      norm: "l2",
    })
  );
  tf.dispose(Object.values(state));
  return result;
}

type Search = {
  /** w of the images, and what it is mapped back to. */
  readonly start: Images;
  readonly centre: Images;
  readonly w: Images;
  /** Adam's. */
  readonly mean: tf.Tensor;
  readonly square: tf.Tensor;
  /** The batch's, before the last step. */
  readonly loss: tf.Tensor;
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

/** What a search with a new c begins with. */
function fresh(start: Images): Pick<Search, "w" | "mean" | "square" | "loss" | "found"> {
  return {
    w: start.clone(),
    mean: tf.zerosLike(start),
    square: tf.zerosLike(start),
    loss: tf.scalar(Infinity),
    found: tf.zeros([start.shape[0]], "bool"),
  };
}
