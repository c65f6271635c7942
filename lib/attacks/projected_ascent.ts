import { type Batch, type Classifier, type Images, type Labels, tf } from "../tensor/mod.ts";
import { inOneGraph } from "./_in_one_graph.ts";
import { judged } from "./_judged.ts";
import { lossGradient } from "./attack_loss.ts";
import { type AttackOptions, checkBatchShapes, type Stop } from "./attack_options.ts";
import { bounds, clip, project, radii, randomStart, steepest } from "./ball.ts";
import { imageSeeds } from "./image_seeds.ts";
import type { AttackState, Carried, Iterated } from "./iterated.ts";

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
  readonly accumulate?: {
    /** What tells it from others. */
    readonly name: string;
    /** Depends on its arguments only. */
    readonly next: (velocity: Images, gradient: Images) => Images;
  };
}

/**
 * Steps in the steepest direction, each brought back into the ball: x ← Π(x + α steepest ∇ Σ loss).
 *
 * With `stop: "on success"` the state carries `strength`, `[n]`, the margin where the last gradient was taken: above 0
 * the image has fallen and stays. The gradient's own pass tells it, so it costs nothing.
 *
 * @param options Everything about it.
 */
export function projectedAscent(options: ProjectedAscentOptions): Iterated {
  const { ball: { norm, epsilon }, targets, loss = "crossEntropy", seed = 0, start, steps, stride } = options;
  const { stop = "at the end", accumulate } = options;

  /** The gradient, and the margin where it was taken if images rest. */
  function look(surrogate: Classifier, { images, labels, targets }: Carried) {
    const about = { labels: labels as Labels, targets: targets as Labels | undefined, loss };
    if (stop === "at the end") {
      return { gradient: lossGradient(surrogate, images as Images, about), strength: undefined };
    }
    return judged(surrogate, images as Images, { ...about, goal: "target" });
  }

  function moved(surrogate: Classifier, given: Carried): Carried {
    const { original, radius, size, lower, upper, velocity } = given, images = given.images as Images;
    const { gradient, strength } = look(surrogate, given);
    const next = accumulate?.next(velocity as Images, gradient);
    let uphill = next ?? gradient;
    if (norm === "l1") uphill = uphill.mul(hasRoom(images, uphill));
    const moved = images.add(steepest({ norm }, uphill).mul(size!)) as Images;
    const allowed = lower && upper
      ? clip({ lower: lower as Images, upper: upper as Images }, moved)
      : project({ norm, epsilon: radius! }, original as Images, moved);
    return {
      images: strength ? tf.where(strength.greater(0).reshape([-1, 1, 1, 1]), images, allowed) : allowed,
      ...(strength ? { strength } : {}),
      ...(next ? { velocity: next } : {}),
    };
  }

  // A function has no name by which its graph could be found again.
  const name = typeof loss === "function"
    ? undefined
    : `${norm} step up ${loss}, ${stop}${accumulate ? `, ${accumulate.name}` : ""}`;
  const changes = [
    "images",
    ...(stop === "on success" ? ["strength"] : []),
    ...(accumulate ? ["velocity"] : []),
  ];

  return {
    steps,
    start(batch: Batch, restart = 0): AttackState {
      checkBatchShapes(batch, targets);
      const { images, labels } = batch, ball = { norm, epsilon }, count = images.shape[0];
      return {
        images: start === "random"
          ? randomStart(ball, images, imageSeeds(batch, seed, "pgd", restart))
          : images.clone(),
        original: images,
        labels,
        ...(targets ? { targets } : {}),
        // Where there is a radius for each image, it has to go where its image goes.
        ...(typeof epsilon === "number" ? {} : { radius: radii(ball, count) }),
        ...(norm === "linf" ? bounds(ball, images) : {}),
        ...(accumulate ? { velocity: tf.zerosLike(images) } : {}),
        ...(stop === "on success" ? { strength: tf.fill([count], -Infinity) } : {}),
      };
    },
    step(surrogate: Classifier, state: AttackState): AttackState {
      const { radius = radii({ norm, epsilon }, state.images.shape[0]) } = state;
      const size = typeof stride === "number"
        ? tf.scalar(stride)
        : tf.mul(state.radius ?? epsilon as number, stride.radii);
      const given = { ...state, radius, size };
      return {
        ...state,
        ...inOneGraph(surrogate, { name, given, changes }, (given) => moved(surrogate, given)),
      };
    },
  };
}

/** 0 where a pixel is black or white already and would have to go further: a sparse step is not to be spent there. */
function hasRoom(images: Images, direction: Images): Images {
  return images.add(direction.sign()).clipByValue(0, 1).notEqual(images).cast("float32") as Images;
}
