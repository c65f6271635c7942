import { lead, leadOf } from "../judge/mod.ts";
import { count, type Settings, size, word } from "../kinds/mod.ts";
import { type Batch, type Classifier, type Images, type Labels, tf } from "../tensor/mod.ts";
import { classGradients } from "./steps/class_gradients.ts";
import { type Attack, defineAttack, type SpecOf } from "./attack.ts";
import { steepest } from "./steps/ball.ts";
import { checkBatch } from "./steps/check_batch.ts";
import { iterateUntil } from "./steps/iterated.ts";
import {
  inBall,
  type MinimalOptions,
  type MinimalResult,
  minimalSettings,
  ofNothing,
} from "./steps/minimal.ts";

/** How {@linkcode deepFool} searches; the defaults are the paper's. */
export interface DeepFoolOptions extends Omit<MinimalOptions, "confidence"> {
  /** How distances are measured. Default `"l2"`. */
  readonly norm?: "l2" | "linf";
  /** How many steps there are at most. Default 50. */
  readonly steps?: number;
  /** η: by how much of itself the change is made larger, to get over the boundary. Default 0.02. */
  readonly overshoot?: number;
}

/** {@linkcode deepFool} as data. */
export type DeepFoolSpec = SpecOf<"deepFool", DeepFoolOptions>;

const { confidence: _, ...plain } = minimalSettings;
const settings: Settings = {
  ...plain,
  norm: word(["l2", "linf"], { default: "l2" }),
  steps: count({ default: 50 }),
  overshoot: size({ default: 0.02 }),
};

async function attack(
  surrogate: Classifier,
  batch: Batch,
  options: DeepFoolOptions = {},
): Promise<MinimalResult> {
  const { signal, targets, norm = "l2", steps = 50, overshoot = 0.02 } = options;
  await checkBatch(batch, { surrogate, targets });
  if (batch.images.shape[0] === 0) return ofNothing(batch);
  const { images: original, labels } = batch;

  const step = (state: Search): Search => {
    const { rival, length, direction, over } = nearestBoundary(surrogate, state.images, {
      labels,
      targets,
      norm,
    });
    const fooled = over.greater(0), moves = fooled.logicalNot().logicalAnd<tf.Tensor1D>(rival);
    const change = state.change.add(direction.mul(length.mul(moves).reshape([-1, 1, 1, 1]))) as Images; // Σ r
    const images = original.add(change.mul(1 + overshoot)).clipByValue(0, 1) as Images;
    return { change, images, moves };
  };
  const start = tf.tidy((): Search => ({
    change: tf.zerosLike(original),
    images: original.clone(),
    moves: tf.ones([original.shape[0]], "bool"),
  }));
  const state = await iterateUntil(start, steps, step, {
    signal,
    every: 1,
    enough: async ({ moves }) => !(await moves.data()).some(Boolean),
  });
  try {
    return tf.tidy(() => {
      const success = leadOf(surrogate, state.images, labels, targets).greater<tf.Tensor1D>(0);
      const images = tf.where(success.reshape([-1, 1, 1, 1]), state.images, original);
      return inBall(surrogate, batch, { images, success }, { ...options, norm });
    });
  } finally {
    tf.dispose(Object.values(state));
  }
}

/**
 * DeepFool (Moosavi-Dezfooli et al. 2016): a small change that is misclassified, step by step to the nearest boundary
 * of the classifier's linear approximation.
 *
 * With f' = f_k − f_y and w' = ∇f', each step goes to the class k of the least |f'| / ‖w'‖ (Algorithm 2; for linf the
 * dual norm ‖w'‖₁ takes its place), and the image is x + (1 + η) Σ r, clipped to [0, 1]. An image that is misclassified
 * moves no more. Each step takes the gradients of all classes: with ten of them it costs as much as ten steps of `pgd`.
 *
 * Departure: f_y is that of the true class, not of the predicted one, so an image that is misclassified already stays
 * as it is, a success at distance 0. Targets are an addition: k is then the target, and y the best other class. Each
 * step is longer by 1e-4, as in the authors' code, and none is longer than from one corner of [0, 1] to the other. An
 * image for which nothing was found comes back as it was, with `success` false and an infinite distance.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The norm, and how long it may search.
 * @returns The images, which of them succeeded, and how far they are from the originals.
 * @throws {RangeError} Where the surrogate does not return logits, or counts do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { deepFool } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // The class is the brighter pixel: the boundary is at a distance of 0.2 / √2.
 * const classifier = (x: tf.Tensor4D) => x.reshape([1, 2]) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.6, 0.4], [1, 1, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const { distance } = await deepFool(classifier, batch);
 * assertAlmostEquals((await distance.data())[0]!, 1.02 * 0.2 / Math.SQRT2, 1e-3);
 * ```
 */
export const deepFool: Attack<
  (surrogate: Classifier, batch: Batch, options?: DeepFoolOptions) => Promise<MinimalResult>,
  DeepFoolSpec
> = defineAttack(attack, {
  name: "deepFool",
  title: "DeepFool",
  source: "Moosavi-Dezfooli et al. 2016",
  asks: "gradients",
  needsVictim: false,
  norms: ["linf", "l2"],
  settings,
  run: (surrogate, batch, settings) =>
    attack(surrogate, batch, { norm: settings.ball.norm as "linf" | "l2", ...settings }),
  examples: ({ steps }) => ({ "DeepFool": { steps } }),
});

type Search = {
  /** Σ r, `[n, h, w, c]`; it may lead out of [0, 1]. */
  readonly change: Images;
  readonly images: Images;
  /** Which images the last step has moved, `[n]`, bool. */
  readonly moves: tf.Tensor1D;
};

/** What a step takes to be the nearest way over the boundary, each `[n]` but for `direction`. */
interface Boundary {
  /** Whether any class has a gradient that leads there. */
  readonly rival: tf.Tensor1D;
  /** How far it is, and where: of size 1 in the norm, `[n, h, w, c]`. */
  readonly length: tf.Tensor1D;
  readonly direction: Images;
  /** How far over the boundary the image is already. */
  readonly over: tf.Tensor1D;
}

const FAR = 1e30;

function nearestBoundary(
  surrogate: Classifier,
  images: Images,
  { labels, targets, norm }: {
    readonly labels: Labels;
    readonly targets: Labels | undefined;
    readonly norm: "l2" | "linf";
  },
): Boundary {
  const [logits, gradients, told] = classGradients(surrogate, images); // [n, k], [n, k, h, w, c]
  const [n, k] = logits.shape, [, h, w, c] = images.shape;
  const wanted = tf.oneHot(targets ?? labels, k).cast<tf.Tensor2D>("float32");
  // y: the label, or the best class that is not the target.
  const from = targets
    ? tf.oneHot(logits.sub(wanted.mul(FAR)).argMax<tf.Tensor1D>(1), k).cast<tf.Tensor2D>("float32")
    : wanted;
  const allowed = targets ? wanted.cast("bool") : wanted.equal(0);
  const margins = logits.sub(tf.where(from.cast("bool"), logits, 0).sum(1, true)); // f'
  const slopes = gradients.sub(gradients.mul(from.reshape([n, k, 1, 1, 1])).sum(1, true)); // w'
  const flat = slopes.reshape<Images>([n * k, h, w, c]), towards = steepest({ norm }, flat);
  const steepness = flat.mul(towards).sum([1, 2, 3]).reshape([n, k]); // ‖w'‖, of the dual norm
  const far = margins.abs().div(steepness.maximum(1 / FAR));
  const distances = tf.where(allowed.logicalAnd(steepness.greater(0)), far.minimum(FAR / 2), FAR);
  const nearest = tf.oneHot(distances.argMin<tf.Tensor1D>(1), k).cast("float32").reshape([n, k, 1, 1, 1]);
  const least = distances.min<tf.Tensor1D>(1), widest = norm === "l2" ? Math.sqrt(h * w * c) : 1;
  return {
    rival: least.less(FAR),
    length: least.add(1e-4).minimum(widest),
    direction: towards.reshape([n, k, h, w, c]).mul(nearest).sum(1),
    over: lead(told, labels, targets),
  };
}
