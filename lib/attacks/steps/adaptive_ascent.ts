import { type Batch, type Classifier, type Images, type Labels, tf } from "../../tensor/mod.ts";
import { byImage } from "./by_image.ts";
import { type GradientAndLead, gradientAndLead } from "./gradient_and_lead.ts";
import { type AttackOptions, checkBatchShapes } from "./attack_options.ts";
import { bounds, clip, project, radii, randomStart, steepest } from "./ball.ts";
import { usable } from "./finite.ts";
import { imageSeeds } from "./image_seeds.ts";
import type { AttackState, Iterated } from "./iterated.ts";
import { keepStronger } from "./strongest_of.ts";

/** What apgd and its targeted form tell their ascent. */
export interface AdaptiveAscentOptions extends AttackOptions {
  /** How many steps there are. */
  readonly steps: number;
  /** After which steps the step size is looked at, rising. */
  readonly checkpoints: readonly number[];
  /** Uniformly in the ball, or at the image itself. */
  readonly start: "random" | "original";
  /** α: how much of a step is new; the rest is the step before it. Default 0.75. */
  readonly momentum?: number;
  /** ρ: the share of the steps between two checkpoints that should have raised the loss. Default 0.75. */
  readonly rho?: number;
  /** Which image is the strongest: the one that wins the target, or the one that loses the label. */
  readonly goal: "target" | "label";
}

/** Where the ascent stands after its first look. `images` are the strongest seen so far. */
interface Ascent extends AttackState {
  /** The margin of `images`, `[n]`. */
  readonly lead: tf.Tensor1D;
  /** x⁽ᵏ⁾, its gradient and its loss. */
  readonly current: Images;
  readonly gradient: Images;
  readonly loss: tf.Tensor1D;
  /** x⁽ᵏ⁻¹⁾. */
  readonly previous: Images;
  /** x_max, its gradient and its loss f_max. */
  readonly best: Images;
  readonly bestGradient: Images;
  readonly bestLoss: tf.Tensor1D;
  /** η, `[n, 1, 1, 1]`. */
  readonly stepSize: tf.Tensor;
  /** Since the last checkpoint: how many steps raised the loss; then f_max, and whether η was halved, there. */
  readonly raised: tf.Tensor1D;
  readonly checkedLoss: tf.Tensor1D;
  readonly halved: tf.Tensor1D;
}

/**
 * Auto-PGD (Croce & Hein 2020, Algorithm 1): ascent with momentum, whose step size is halved image by image.
 *
 * The first step looks at the start too, so it takes two gradients. The checkpoints are known beforehand and all else is
 * masks: nothing is read back.
 *
 * @param options Everything about it.
 */
export function adaptiveAscent(options: AdaptiveAscentOptions): Iterated {
  const { ball: { norm, epsilon }, targets, seed = 0, start, steps, checkpoints } = options;
  const { loss = "crossEntropy", momentum = 0.75, rho = 0.75, goal } = options;

  const look = (surrogate: Classifier, { labels, targets }: AttackState, images: Images): GradientAndLead => {
    const seen = gradientAndLead(surrogate, images, {
      labels,
      targets: targets as Labels | undefined,
      loss,
      goal,
    });
    return { ...seen, gradient: usable(norm, seen.gradient) };
  };

  function first(surrogate: Classifier, state: AttackState): Ascent {
    const current = state.current as Images, seen = look(surrogate, state, current);
    const count = current.shape[0], { radius = epsilon } = state;
    return {
      ...state,
      ...seen,
      ...keepStronger({ images: state.images, lead: state.lead as tf.Tensor1D }, {
        images: current,
        lead: seen.lead,
      }),
      current,
      previous: current,
      best: current,
      bestGradient: seen.gradient,
      bestLoss: seen.loss,
      stepSize: tf.mul(tf.fill([count, 1, 1, 1], 2), radius as number | tf.Tensor), // η⁽⁰⁾ = 2 ε
      raised: tf.zeros([count]),
      checkedLoss: seen.loss,
      halved: tf.ones([count]), // so that the first checkpoint does not ask what happened at the one before it
    };
  }

  function moved(state: Ascent, alpha: number): Images {
    const { current, previous, original, gradient, stepSize } = state;
    const { lower, upper, radius = epsilon } = state as AttackState;
    const allowed = (images: tf.Tensor): Images =>
      lower && upper
        ? clip({ lower: lower as Images, upper: upper as Images }, images as Images)
        : project({ norm, epsilon: radius }, original, images as Images);
    const ahead = allowed(current.add(steepest({ norm }, gradient).mul(stepSize))); // z⁽ᵏ⁺¹⁾
    return allowed(current.add(ahead.sub(current).mul(alpha)).add(current.sub(previous).mul(1 - alpha)));
  }

  /** Halves η and goes back to x_max where condition 1 or condition 2 holds. */
  function checked(state: Ascent, interval: number): Ascent {
    const { raised, bestLoss, checkedLoss, best, bestGradient, stepSize } = state;
    const oscillates = raised.lessEqual(rho * interval); //                                       condition 1
    const stuck = state.halved.equal(0).logicalAnd(bestLoss.lessEqual(checkedLoss)); //           condition 2
    const halve = oscillates.logicalOr(stuck) as tf.Tensor1D;
    return {
      ...state,
      stepSize: byImage(halve, stepSize.mul(0.5), stepSize),
      current: byImage(halve, best, state.current),
      gradient: byImage(halve, bestGradient, state.gradient),
      loss: tf.where(halve, bestLoss, state.loss),
      raised: tf.zerosLike(raised),
      checkedLoss: bestLoss,
      halved: halve.cast("float32"),
    };
  }

  return {
    steps,
    start(batch: Batch, restart = 0): AttackState {
      checkBatchShapes(batch, targets);
      const { images, labels } = batch, ball = { norm, epsilon }, count = images.shape[0];
      const within = norm === "linf" ? bounds(ball, images) : undefined;
      const current = start === "random"
        ? randomStart(ball, images, imageSeeds(batch, seed, "apgd", restart), within)
        : images.clone();
      return {
        images: current.clone(),
        lead: tf.fill([count], -Infinity),
        current,
        original: images,
        labels,
        ...(targets ? { targets } : {}),
        ...(typeof epsilon === "number" ? {} : { radius: radii(ball, count) }),
        ...within,
      };
    },
    step(surrogate: Classifier, given: AttackState, index: number): AttackState {
      const state = index === 0 ? first(surrogate, given) : given as Ascent;
      const current = moved(state, index === 0 ? 1 : momentum), seen = look(surrogate, state, current);
      const better = seen.loss.greater(state.bestLoss);
      const next: Ascent = {
        ...state,
        ...keepStronger(
          { images: state.images, lead: state.lead },
          { images: current, lead: seen.lead },
        ),
        current,
        previous: state.current,
        gradient: seen.gradient,
        loss: seen.loss,
        best: byImage(better, current, state.best),
        bestGradient: byImage(better, seen.gradient, state.bestGradient),
        bestLoss: tf.where(better, seen.loss, state.bestLoss),
        raised: state.raised.add(seen.loss.greater(state.loss).cast("float32")),
      };
      const which = checkpoints.indexOf(index + 1);
      return which < 0 ? next : checked(next, index + 1 - (checkpoints[which - 1] ?? 0));
    },
  };
}
