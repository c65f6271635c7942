import { type Classifier, type Images, tf } from "../../tensor/mod.ts";
import { decides, type Question } from "./decision.ts";
import { distance } from "../steps/ball.ts";

/**
 * How often {@linkcode toBoundary} should halve the way: until 1 / θ parts can be told apart, θ = γ d^(−3/2) for l2 and
 * γ d^(−2) for linf. Twenty times at most, since float32 tells no more of a pixel, and once at least.
 *
 * @param norm The norm.
 * @param pixels d.
 * @param gamma γ.
 */
export function halvings(norm: "linf" | "l2", pixels: number, gamma: number): number {
  return Math.min(
    20,
    Math.max(1, Math.ceil((norm === "l2" ? 1.5 : 2) * Math.log2(pixels) - Math.log2(gamma))),
  );
}

/** How {@linkcode toBoundary} goes back. */
export interface BoundarySearchOptions extends Question {
  /** l2: on the line between the two; linf: the change is clipped to ever smaller radii. */
  readonly norm: "linf" | "l2";
  /** How often the way is halved. */
  readonly times: number;
}

/**
 * From images that are what the attacker wants back towards the originals, as far as they remain so. Each halving is a query.
 *
 * @param victim What is asked.
 * @param original Where it leads, `[n, h, w, c]`.
 * @param images What the attacker wants, `[n, h, w, c]`.
 * @param options How, and what is asked.
 * @returns `[n, h, w, c]`; an image that is not what is wanted any nearer comes back as it was.
 */
export function toBoundary(
  victim: Classifier,
  original: Images,
  images: Images,
  { norm, times, ...question }: BoundarySearchOptions,
): Images {
  return tf.tidy(() => {
    const change = images.sub<Images>(original);
    const far = norm === "l2" ? tf.ones<tf.Rank.R1>([images.shape[0]]) : distance("linf", images, original);
    const at = (place: tf.Tensor1D): Images => {
      const radius = place.reshape([-1, 1, 1, 1]);
      return original.add(
        norm === "l2" ? change.mul(radius) : change.minimum(radius).maximum(radius.neg()),
      )
        .clipByValue(0, 1) as Images;
    };
    let low = tf.zerosLike(far), high = far, best = images;
    for (let i = 0; i < times; i++) {
      [low, high, best] = tf.tidy(() => {
        const middle = low.add<tf.Tensor1D>(high).mul<tf.Tensor1D>(0.5), there = at(middle);
        const wanted = decides(victim, there, question);
        return [
          tf.where(wanted, low, middle),
          tf.where(wanted, middle, high),
          tf.where(wanted.reshape([-1, 1, 1, 1]), there, best),
        ];
      });
    }
    return best.clone();
  });
}
