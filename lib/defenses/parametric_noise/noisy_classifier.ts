import { eot, type EotOptions, type Randomised } from "../../attacks/mod.ts";
import { classifierOf, type Network, type Owner } from "../../networks/mod.ts";
import {
  type Classifier,
  type Images,
  leavingResult,
  type Logits,
  type Parameters,
  tf,
} from "../../tensor/mod.ts";
import { noisyParameters } from "./inject_noise.ts";

/** A classifier with Parametric Noise Injection, whose weights are others for each seed. */
export interface NoisyClassifier extends Randomised {
  /**
   * One draw, kept: a plain classifier, which may be `frozen`.
   *
   * @param seed Of the draw.
   */
  at(seed: number): Classifier & Owner;
  /**
   * The mean over draws (`eot`): what an attacker differentiates who knows of the noise, and what an ensemble of so many
   * passes answers. The same draws at every call, so that it may be `frozen`.
   *
   * @param options How many draws, from which seed, and what is averaged.
   */
  mean(options?: EotOptions): Classifier;
}

/**
 * Parametric Noise Injection (He et al. 2019) on weights: every forward pass adds fresh noise α std(w) η to the weights
 * of each layer, at test time too.
 *
 * A batch shares one draw, as in the authors' code. An attack through single draws is weaker than it could be: attack
 * `mean()`, better with new draws in each step (`redrawn`), and score on draws of other seeds.
 *
 * @param network From images to logits.
 * @param parameters Its parameters, which stay the caller's.
 * @param alphas α by the weight's name, which stay the caller's.
 *
 * @example Usage
 * ```ts
 * import { assertEquals, assertNotEquals } from "@std/assert";
 * import { noisyClassifier, noisyWeights } from "@gcln/kit/defenses";
 * import { network } from "@gcln/kit/networks";
 * import { type Images, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });
 * const alphas = Object.fromEntries(Object.keys(noisyWeights(vgg)).map((name) => [name, tf.scalar(0.25)]));
 * const classifier = noisyClassifier(vgg, vgg.init(1), alphas), images: Images = tf.ones([1, 16, 16, 1]);
 * const [one, other] = [await classifier(images, 1).data(), await classifier(images, 2).data()];
 * assertNotEquals(one, other);
 * assertEquals(await classifier(images, 1).data(), one);
 * ```
 */
export function noisyClassifier(
  network: Network,
  parameters: Parameters,
  alphas: Parameters,
): NoisyClassifier {
  const classify = (images: Images, seed: number): Logits =>
    leavingResult(() => network.apply(noisyParameters(parameters, alphas, seed), images));
  return Object.assign<Randomised, Pick<NoisyClassifier, "at" | "mean">>(classify, {
    at(seed) {
      const noisy = tf.tidy(() => {
        const all = noisyParameters(parameters, alphas, seed);
        return Object.fromEntries(Object.keys(alphas).map((name) => [name, all[name]!]));
      });
      try {
        return classifierOf(network, { ...parameters, ...noisy }); // has copies of its own
      } finally {
        tf.dispose(noisy);
      }
    },
    mean: (options = {}) => eot(classify, options),
  });
}
