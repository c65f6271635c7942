import { type Batch, type Classifier, type Images, type Labels, tf } from "../../tensor/mod.ts";
import { byImage } from "./by_image.ts";
import { gradientAndLead } from "./gradient_and_lead.ts";
import { lossGradient } from "./attack_loss.ts";
import { type AttackOptions, checkBatchShapes, type Stop } from "./attack_options.ts";
import { bounds, clip, project, radii, randomStart, steepest } from "./ball.ts";
import { fullStep } from "./full_step.ts";
import { finite, usable } from "./finite.ts";
import { imageSeeds } from "./image_seeds.ts";
import type { AttackState, Iterated } from "./iterated.ts";

/** What fgs, bim, pgd and momentum differ in. */
export interface ProjectedAscentOptions extends AttackOptions {
  /** Uniformly in the ball, or at the image itself. */
  readonly start: "random" | "original";
  /** How many steps there are. */
  readonly steps: number;
  /** How far one goes, in the ball's norm or in radii of the ball. */
  readonly stride: number | { readonly radii: number };
  /** Whether images that have fallen move on. Default `"at the end"`. */
  readonly stop?: Stop;
  /** Makes of the velocity so far (at first 0) and a gradient the next velocity, which the step then follows. */
  readonly accumulate?: (velocity: Images, gradient: Images) => Images;
}

/**
 * Steps in the steepest direction, each brought back into the ball: x ← Π(x + α steepest ∇ Σ loss).
 *
 * With `stop: "on success"` the state carries `lead`, `[n]`, the margin where the last gradient was taken: above 0
 * the image has fallen and stays. The gradient's own pass tells it, so it costs nothing.
 *
 * @param options Everything about it.
 */
export function projectedAscent(options: ProjectedAscentOptions): Iterated {
  const { ball: { norm, epsilon }, targets, loss = "crossEntropy", seed = 0, start, steps, stride } = options;
  const { stop = "at the end", accumulate } = options;

  /** The gradient, and what is to be carried along. */
  function look(surrogate: Classifier, { images, labels, ...state }: AttackState) {
    const about = { labels, targets: state.targets as Labels | undefined, loss };
    // A velocity is a sum, which infinity would spoil.
    const clean = (gradient: Images) => accumulate ? finite(gradient) : usable(norm, gradient);
    if (stop === "at the end") {
      return { gradient: clean(lossGradient(surrogate, images, about)), carried: {} };
    }
    const { gradient, lead } = gradientAndLead(surrogate, images, { ...about, goal: "target" });
    return { gradient: clean(gradient), carried: { lead } };
  }

  return {
    steps,
    leadAt: stop === "on success" ? "images before the step" : undefined,
    start(batch: Batch, restart = 0): AttackState {
      checkBatchShapes(batch, targets);
      const { images, labels } = batch, ball = { norm, epsilon }, count = images.shape[0];
      const within = norm === "linf" ? bounds(ball, images) : undefined;
      return {
        images: start === "random"
          ? randomStart(ball, images, imageSeeds(batch, seed, "pgd", restart), within)
          : images.clone(),
        original: images,
        labels,
        ...(targets ? { targets } : {}),
        // Where there is a radius for each image, it has to go where its image goes.
        ...(typeof epsilon === "number" ? {} : { radius: radii(ball, count) }),
        ...within,
        ...(accumulate ? { velocity: tf.zerosLike(images) } : {}),
        ...(stop === "on success" ? { lead: tf.fill([count], -Infinity) } : {}),
      };
    },
    step(surrogate: Classifier, state: AttackState): AttackState {
      const { images, original, radius = epsilon, lower, upper } = state;
      const { gradient, carried } = look(surrogate, state);
      const velocity = accumulate?.(state.velocity as Images, gradient);
      const size = typeof stride === "number" ? stride : tf.mul(radius as number | tf.Tensor, stride.radii);
      let uphill = velocity ?? gradient;
      if (norm === "l1") uphill = uphill.mul(hasRoom(images, uphill));
      // A single step has no other to make up for what black and white cut off.
      const change = norm === "l1" && steps === 1
        ? fullStep(images, uphill, size)
        : steepest({ norm }, uphill).mul<Images>(size);
      const moved = images.add<Images>(change);
      const allowed = lower && upper
        ? clip({ lower: lower as Images, upper: upper as Images }, moved)
        : project({ norm, epsilon: radius }, original, moved);
      return {
        ...state,
        ...carried,
        ...(velocity ? { velocity } : {}),
        images: carried.lead ? byImage(carried.lead.greater(0), images, allowed) : allowed,
      };
    },
  };
}

/** 0 where a pixel is black or white already and would have to go further: a sparse step is not to be spent there. */
function hasRoom(images: Images, direction: Images): Images {
  return images.add(direction.sign()).clipByValue(0, 1).notEqual(images).cast("float32") as Images;
}
