import {
  type Classifier,
  evaluated,
  type Images,
  type Labels,
  normal,
  tf,
  uniform,
} from "../../tensor/mod.ts";
import { decides, type Question } from "./decision.ts";

/** How {@linkcode decisionGradient} samples. */
export interface DecisionGradientOptions extends Question {
  /** linf: uniform directions, l2: normal ones. */
  readonly norm: "linf" | "l2";
  /** δ: how far around each image is asked, `[n]`. */
  readonly reach: tf.Tensor1D;
  /** B: how many samples are taken of each image, `[n]`. */
  readonly samples: readonly number[];
  /** The seeds of a stretch of samples, one for each image. */
  readonly seeds: (stretch: number) => readonly number[];
}

/** So many samples at once, however large the batch is: a sum of another length would round otherwise. */
const STRETCH = 20;

/**
 * The direction of the gradient at a decision boundary, from decisions alone (Chen et al. 2020, Section III-C).
 *
 * (1 / (B − 1)) Σ (φ_b − φ̄) u_b, where φ_b is 1 if x + δ u_b is what the attacker wants and −1 if not; and ± mean u_b where
 * all say the same. As in the authors' code u_b is what is left of a direction of length 1 when x + δ u_b is clipped.
 *
 * @param victim What is asked.
 * @param images Where, `[n, h, w, c]`.
 * @param options How many samples, how far away.
 * @returns `[n, h, w, c]`, of no particular length.
 */
export function decisionGradient(
  victim: Classifier,
  images: Images,
  { norm, aim, classes, reach, samples, seeds }: DecisionGradientOptions,
): Images {
  const count = images.shape[0], pixels = images.size / count;
  let sums: tf.Tensor[] = [tf.zeros([count, pixels]), tf.zeros([count, pixels]), tf.zeros([count])];
  for (let from = 0; from < Math.max(...samples); from += STRETCH) {
    sums = tf.tidy(() => {
      const shape: [number, number, number] = [count, STRETCH, pixels], its = seeds(from / STRETCH);
      const noise = norm === "l2"
        ? normal<tf.Rank.R3>(shape, 0, 1, its)
        : uniform<tf.Rank.R3>(shape, -1, 1, its);
      const counts = tf.range(0, STRETCH).less(tf.tensor2d(samples.map((of) => [of - from]))).cast("float32");
      const inputs = [images, classes, reach, noise, counts, ...sums];
      return evaluated(victim, `decision gradient ${aim}`, inputs, (...inputs) => {
        const [images, classes, reach, noise, counts, ...sums] = inputs as [
          Images,
          Labels,
          tf.Tensor1D,
          tf.Tensor3D,
          tf.Tensor2D,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        const x = images.reshape([count, 1, pixels]), delta = reach.reshape([count, 1, 1]);
        const length = noise.square().sum(2, true).sqrt();
        const around = x.add(noise.div(length.maximum(1e-12)).mul(delta)).clipByValue(0, 1);
        const u = around.sub(x).div(delta).mul(counts.expandDims(2)); //           [n, S, h w c]
        const asked = around.reshape<Images>([count * STRETCH, ...images.shape.slice(1)]);
        const each = classes.reshape([count, 1]).tile([1, STRETCH]).reshape<Labels>([-1]);
        const said = decides(victim, asked, { aim, classes: each }).cast("float32").mul(2).sub(1);
        const phi = said.reshape([count, STRETCH]).mul(counts); //                            [n, S]
        const parts = [u.mul(phi.expandDims(2)).sum(1), u.sum(1), phi.sum(1)];
        return parts.map((part, i) => part.add(sums[i]!));
      });
    });
  }
  const [weighted, plain, balance] = sums as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]; //      Σ φ u, Σ u, Σ φ
  const taken = tf.tensor2d(samples.map((of) => [Math.max(of, 1)])),
    mean = balance.reshape([count, 1]).div(taken),
    agree = mean.abs().equal(1);
  return tf.where(agree, weighted, weighted.sub(plain.mul(mean))).div(taken).reshape(images.shape);
}
