import { checkSettings, count, type Settings, word } from "../kinds/mod.ts";
import type { Features } from "../losses/mod.ts";
import { type Batch, type Images, tf, valueAndGradients } from "../tensor/mod.ts";
import {
  checkImageShapes,
  checkOptions,
  type IteratedOptions,
  iteratedSettings,
  tensor,
} from "./steps/attack_options.ts";
import { project, radii, randomStart, steepest } from "./steps/ball.ts";
import { finite, withoutNaN } from "./steps/finite.ts";
import { imageSeeds } from "./steps/image_seeds.ts";
import { iterateAll } from "./steps/iterated.ts";
import { byImage } from "./steps/by_image.ts";

/** How {@linkcode featureDistance} adds up feature maps. */
export interface FeatureDistanceOptions {
  /**
   * `"euclidean"`: Σ (a − b)² over all maps as one vector, as Sabour et al. have it for one layer. `"normalised"`: for
   * each map the mean of (a − b)² over the mean of b², and the mean of these: no map drowns the others.
   * Default `"euclidean"`.
   */
  readonly measure?: "euclidean" | "normalised";
}

/** How {@linkcode featureAdversary} goes about it. */
export interface FeatureAdversaryOptions
  extends Omit<IteratedOptions, "targets" | "loss">, FeatureDistanceOptions {
  /** The images whose features are wanted, `[n, h, w, c]`. Without them: away from the image's own features. */
  readonly guides?: Images;
  /** How many steps there are. Default 100. */
  readonly steps?: number;
  /** Uniformly in the ball, or at the image itself, from where no way leads away. Default `"random"`. */
  readonly start?: "random" | "original";
}

const measure = word(["euclidean", "normalised"], { default: "euclidean" });
const { targets: _, loss: __, ...plain } = iteratedSettings;
const settings: Settings = {
  ...plain,
  guides: tensor,
  steps: count({ default: 100 }),
  start: word(["random", "original"], { default: "random" }),
  measure,
};

/** The squared distance of each image's features from the wanted ones, `[n]`. */
function apart(
  maps: readonly tf.Tensor[],
  wanted: readonly tf.Tensor[],
  measure: "euclidean" | "normalised",
): tf.Tensor1D {
  const flat = (map: tf.Tensor) => map.reshape([map.shape[0]!, -1]);
  const each = maps.map((map, i): tf.Tensor1D => {
    const there = flat(wanted[i]!), squares = tf.squaredDifference(flat(map), there);
    if (measure === "euclidean") return squares.sum(1);
    return squares.mean(1).div(there.square().mean(1).add(1e-12)).div(maps.length);
  });
  return tf.addN<tf.Tensor1D>(each);
}

function featuresOf(features: Features, images: Images): readonly tf.Tensor[] {
  const maps = features(images), wrong = maps.find(({ shape }) => shape[0] !== images.shape[0]);
  if (maps.length > 0 && wrong === undefined) return maps;
  throw new RangeError(
    `Cannot attack features ${maps.map(({ shape }) => `[${shape}]`)} of images [${images.shape}]: ` +
      `tensors [${images.shape[0]}, …], at least one, are wanted`,
  );
}

/**
 * The squared distance of each image's features from those of another: what {@linkcode featureAdversary} lowers or raises.
 *
 * @param features Images `[n, h, w, c]` to one or more tensors `[n, …]`.
 * @param images `[n, h, w, c]`.
 * @param others As many; `"normalised"` divides by their features.
 * @param options What is measured.
 * @returns `[n]`; the caller's to free.
 * @throws {RangeError} Where the features are not one or more tensors of n rows.
 */
export function featureDistance(
  features: Features,
  images: Images,
  others: Images,
  options: FeatureDistanceOptions = {},
): tf.Tensor1D {
  checkSettings("featureDistance", { measure }, options);
  return tf.tidy(() =>
    apart(featuresOf(features, images), featuresOf(features, others), options.measure ?? "euclidean")
  );
}

/**
 * Feature adversaries (Sabour et al. 2016): images in a ball whose inner representation is that of quite other images,
 * the guides. They look natural to a detector that compares representations (LID, for one), for they have natural ones.
 * Without guides: images in a ball with representations as far from their own as can be had, against a perceptual loss.
 *
 * min ‖φ(x) − φ(guide)‖² for x in the ball, by projected gradient steps; no labels, no classifier.
 *
 * Departure: the paper solves it by L-BFGS-B in the linf ball of 10/255; here steps of {@linkcode pgd}'s kind do, in any
 * ball, as in cleverhans' "fast" version (of 10 steps; it returns the last). The nearest image on the way is returned.
 *
 * @param features φ, images `[n, h, w, c]` to one or more tensors `[n, …]`.
 * @param batch Images in [0, 1]; labels do not count.
 * @param options The ball, the guides, and how to search.
 * @returns Images in the ball and in [0, 1]; the caller's to free.
 * @throws {RangeError} Where the guides' shape is another, the features have not one row an image, or numbers make no
 * sense.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { featureAdversary, linf } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const images = tf.fill([1, 2, 2, 1], 0.25) as tf.Tensor4D, guides = tf.ones([1, 2, 2, 1]) as tf.Tensor4D;
 * const rows = (x: tf.Tensor4D) => [x.mean([2, 3])]; // the representation: how bright each row is
 * const attacked = featureAdversary(rows, { images }, { guides, ball: linf(0.125), steps: 30 });
 * assertEquals([...await attacked.data()], [0.375, 0.375, 0.375, 0.375]);
 * ```
 */
export function featureAdversary(
  features: Features,
  batch: Pick<Batch, "images" | "ids">,
  options: FeatureAdversaryOptions,
): Images {
  checkOptions("featureAdversary", settings, options);
  const { ball, guides, steps = 100, stepSize, start = "random", seed = 0, measure = "euclidean" } = options;
  const { images: original } = batch;
  checkImageShapes(original);
  if (guides && !tf.util.arraysEqual(guides.shape, original.shape)) {
    throw new RangeError(`Cannot guide images [${original.shape}] by images [${guides.shape}]`);
  }
  return tf.tidy(() => {
    const wanted = featuresOf(features, guides ?? original), sign = guides ? -1 : 1;
    const size = stepSize ?? radii(ball, original.shape[0]).div(8);
    /** The objective of each image, and its gradient. */
    const look = (images: Images) => {
      const { gradients, aux } = valueAndGradients(({ x }) => {
        const objective = apart(featuresOf(features, x as Images), wanted, measure).mul<tf.Tensor1D>(sign);
        return { loss: objective.sum(), aux: { objective } };
      }, { x: images });
      return {
        gradient: finite(gradients.x as Images),
        objective: withoutNaN(aux.objective as tf.Tensor1D, -Infinity),
      };
    };
    const begin = start === "random"
      ? randomStart(ball, original, imageSeeds(batch, seed, "feature adversary"))
      : original.clone();
    const first = look(begin);
    const { images } = iterateAll(
      { images: begin, objective: first.objective, current: begin, gradient: first.gradient },
      steps,
      (state) => {
        const moved = state.current.add<Images>(steepest(ball, state.gradient).mul(size));
        const current = project(ball, original, moved), seen = look(current);
        return {
          images: byImage(seen.objective.greater(state.objective), current, state.images),
          objective: seen.objective.maximum<tf.Tensor1D>(state.objective),
          current,
          gradient: seen.gradient,
        };
      },
    );
    return images.clone();
  });
}
