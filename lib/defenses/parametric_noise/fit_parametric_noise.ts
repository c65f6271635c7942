import type { Dataset } from "../../data/mod.ts";
import { checkSettings, object, type Settings, size } from "../../kinds/mod.ts";
import type { Network } from "../../networks/mod.ts";
import { type Parameters, tf } from "../../tensor/mod.ts";
import {
  type Adversary,
  checkTrainingData,
  classifierFitSettings,
  descend,
  type FitClassifierOptions,
  type Fitted,
  group,
  type Learner,
  sgd,
} from "../../training/mod.ts";
import { injectNoise, noisyWeights, weightNoise } from "./inject_noise.ts";

/** Fields of {@linkcode fitParametricNoise}. */
export interface FitParametricNoiseOptions
  extends Omit<FitClassifierOptions, "adversary" | "start" | "optimiser"> {
  /** What attacks each batch, and what the loss on clean images weighs: 0.5 as in the paper (w_c = w_a). */
  readonly adversary: Adversary;
  /**
   * What each α begins with.
   *
   * @default {0.25}
   */
  readonly alpha?: number;
  /**
   * L2 weight decay of the parameters, and of the α.
   *
   * @default {{ parameters: 3e-4, alphas: 0 }}
   */
  readonly weightDecay?: { readonly parameters: number; readonly alphas: number };
}

/** A network, and how much noise each of its weights is given. */
export interface FittedParametricNoise extends Fitted {
  /** α by the weight's name, scalars; the caller's to free. */
  readonly alphas: Parameters;
}

const { start: _, optimiser: __, ...shared } = classifierFitSettings;

const fitParametricNoiseSettings: Settings = {
  ...shared,
  alpha: size({ default: 0.25 }),
  weightDecay: object("{ parameters, alphas }"),
};

const ALPHA = "alpha.", NOISE = "noise.";

/** The tensors under a prefix, without it. */
function under(prefix: string, tensors: Parameters): Parameters {
  const found = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** A network with noise, as something to be trained: α are parameters beside its own. */
function noisyLearner(network: Network, alpha: number): Learner {
  const names = Object.keys(noisyWeights(network));
  return {
    init: (seed) => ({
      ...network.init(seed),
      ...group({ alpha: Object.fromEntries(names.map((name) => [name, tf.scalar(alpha)])) }),
    }),
    draw: (seed) => group({ noise: weightNoise(network, seed) }),
    apply: (all, images, pass) =>
      network.apply(injectNoise(all, under(ALPHA, all), under(NOISE, all)), images, pass),
    facts: (all) => ({
      alpha: tf.stack(Object.values(under(ALPHA, all))).abs().mean() as tf.Scalar,
    }),
  };
}

/**
 * Trains a classifier with Parametric Noise Injection on its weights (He et al. 2019): the noise's size α of each layer
 * is learned together with the weights, on the ensemble loss w_c L(clean) + w_a L(attacked), by SGD.
 *
 * Every pass has noise of its own: each step of the attack, and the clean and the attacked images of the step.
 *
 * Departure: the authors attack away from what the network says of the clean images, here from their true labels; and
 * their code's last state has an α for each output channel, where here a layer has one (the paper's layer-wise variant).
 * As in their code α has no weight decay.
 *
 * @param network What is trained.
 * @param data The training images.
 * @param options The adversary, and the options of {@linkcode fitClassifier}.
 * @returns Parameters, α, and the history, with the mean |α|.
 * @throws {RangeError} When the adversary makes no sense.
 * @throws {DivergedError} When the loss is no number any more.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { streetDigits } from "@gcln/kit/data";
 * import { network } from "@gcln/kit/networks";
 * import { useBackend } from "@gcln/kit/tensor";
 * import { fitParametricNoise } from "@gcln/kit/defenses";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 3 });
 * const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 2 } as const;
 * const { alphas } = await fitParametricNoise(vgg, await streetDigits("train", { size: 32 }), {
 *   adversary: { attack, clean: 0.5 },
 *   images: 64,
 *   batch: 16,
 *   seed: 1,
 * });
 * assertEquals(Object.keys(alphas)[0], "features.0.weight");
 * ```
 */
export async function fitParametricNoise(
  network: Network,
  data: Dataset,
  { alpha = 0.25, weightDecay = { parameters: 3e-4, alphas: 0 }, ...options }: FitParametricNoiseOptions,
): Promise<FittedParametricNoise> {
  checkSettings(
    "fitParametricNoise",
    fitParametricNoiseSettings,
    { ...options, alpha, weightDecay },
    ["images", "seed", "adversary"],
  );
  checkTrainingData(network, data);
  const decay = (name: string) => name.startsWith(ALPHA) ? weightDecay.alphas : weightDecay.parameters;
  const optimiser = sgd({ weightDecay: decay });
  const { parameters: all, history } = await descend(noisyLearner(network, alpha), data, {
    ...options,
    optimiser,
  });
  const own = Object.entries(all).filter(([name]) => !name.startsWith(ALPHA));
  return { parameters: Object.fromEntries(own), alphas: under(ALPHA, all), history };
}
