import { type Batch, type Classifier, fold, type Images, type Labels, tf } from "../tensor/mod.ts";
import { lossGradient } from "./attack_loss.ts";
import { type AttackOptions, checkBatchShapes } from "./attack_options.ts";
import { bounds, clip, project, radii, randomStart, steepest } from "./ball.ts";
import type { AttackState, Iterated } from "./iterated.ts";

/** What fgs, bim and pgd differ in. */
export interface ProjectedAscentOptions extends AttackOptions {
  /** Uniformly in the ball, or at the image itself. */
  readonly start: "random" | "original";
  /** How many steps there are. */
  readonly steps: number;
  /** How far one goes, in the ball's norm or in radii of the ball. */
  readonly stride: number | { readonly radii: number };
}

/**
 * Steps in the steepest direction, each brought back into the ball: x ← Π(x + α steepest ∇ Σ loss).
 *
 * @param options Everything about it.
 */
export function projectedAscent(options: ProjectedAscentOptions): Iterated {
  const { ball: { norm, epsilon }, targets, loss = "crossEntropy", seed = 0, start, steps, stride } = options;
  return {
    steps,
    start(batch: Batch, restart = 0): AttackState {
      checkBatchShapes(batch, targets);
      const { images, labels } = batch, ball = { norm, epsilon };
      return {
        images: start === "random" ? randomStart(ball, images, fold(seed, "pgd", restart)) : images.clone(),
        original: images,
        labels,
        ...(targets ? { targets } : {}),
        // Where there is a radius for each image, it has to go where its image goes.
        ...(typeof epsilon === "number" ? {} : { radius: radii(ball, images.shape[0]) }),
        ...(norm === "linf" ? bounds(ball, images) : {}),
      };
    },
    step(surrogate: Classifier, state: AttackState): AttackState {
      const { images, original, labels, targets, radius = epsilon, lower, upper } = state;
      const size = typeof stride === "number" ? stride : tf.mul(radius as number | tf.Tensor, stride.radii);
      let gradient = lossGradient(surrogate, images, {
        labels,
        targets: targets as Labels | undefined,
        loss,
      });
      if (norm === "l1") gradient = gradient.mul(hasRoom(images, gradient));
      const moved = images.add(steepest({ norm }, gradient).mul(size)) as Images;
      const allowed = lower && upper
        ? clip({ lower: lower as Images, upper: upper as Images }, moved)
        : project({ norm, epsilon: radius }, original, moved);
      return { ...state, images: allowed };
    },
  };
}

/** 0 where a pixel is black or white already and would have to go further: a sparse step is not to be spent there. */
function hasRoom(images: Images, direction: Images): Images {
  return images.add(direction.sign()).clipByValue(0, 1).notEqual(images).cast("float32") as Images;
}
