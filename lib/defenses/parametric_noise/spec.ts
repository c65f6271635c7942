import { type Network, network } from "../../networks/mod.ts";
import type { Parameters } from "../../tensor/mod.ts";
import {
  type Adversary,
  type ClassifierSpec,
  type ClassifierTraining,
  defineNetworkKind,
  type NetworkKind,
  type TrainedNetwork,
  type TrainedSpec,
  trainingOf,
} from "../../training/mod.ts";
import { adversarialSpec, trainingAdversary } from "../adversarial_training.ts";
import { type Profile, profileFor } from "../profile.ts";
import { fitParametricNoise } from "./fit_parametric_noise.ts";
import { type NoisyClassifier, noisyClassifier } from "./noisy_classifier.ts";

/** A classifier with Parametric Noise Injection on its weights, as data: enough to train it again. */
export interface ParametricNoiseSpec extends TrainedSpec<NoisyNetwork> {
  /** Tells the kinds of specs apart. */
  readonly kind: "parametric noise";
  /** The architecture, to whose weights the noise is added. */
  readonly network: ClassifierSpec["network"];
  /** The name of the data set that it is trained on. */
  readonly data: string;
  /** How it is trained; see {@linkcode fitParametricNoise}. */
  readonly training: ClassifierTraining & {
    /** What attacks each batch, and what the clean images weigh. */
    readonly adversary: Adversary;
    /** What each α begins with. */
    readonly alpha: number;
    /** L2 weight decay of the parameters, and of the α. */
    readonly weightDecay: { readonly parameters: number; readonly alphas: number };
  };
}

/** A classifier with noise on its weights, its architecture, and how much noise. */
export interface NoisyNetwork extends NoisyClassifier {
  /** Its architecture. */
  readonly network: Network;
  /** α by the weight's name. */
  readonly alphas: Parameters;
}

/** A trained classifier with noise on its weights: call it on images and a seed. `parameters` are without noise. */
export interface TrainedParametricNoise extends TrainedNetwork<ParametricNoiseSpec>, NoisyNetwork {}

/**
 * The target classifier with Parametric Noise Injection on its weights (He et al. 2019), on as many images as
 * {@linkcode adversarialSpec} and attacked as there; clean and attacked ones weigh the same, and α begins at 0.25.
 *
 * Departure: in profiles `quick` and `course` α begins at 0.05. With 0.25 in each of 21 layers a short training is over
 * before the network can read.
 */
export function parametricNoiseSpec(profile: Profile, data: string, seed: number): ParametricNoiseSpec {
  const { network, training } = adversarialSpec(profile, data, seed), here = profileFor(profile, data);
  return {
    kind: "parametric noise",
    network,
    data,
    training: {
      ...training,
      adversary: { ...trainingAdversary(here), clean: 0.5 },
      alpha: here.alpha,
      weightDecay: { parameters: 3e-4, alphas: 0 },
    },
    seed,
  };
}

/** How classifiers with noise on their weights are named, trained and kept. */
export const parametricNoiseKind: NetworkKind<ParametricNoiseSpec> = defineNetworkKind({
  name: "parametric noise",
  word: ({ network }) => `${network.architecture}-noise`,
  dataset: ({ data }) => data,
  trees: ["parameters", "alphas"],
  async train({ network: architecture, training }, { data: all, seed, checkpoints, progress, signal }) {
    const { adversary, alpha, weightDecay } = training, { data, options } = trainingOf(training, all);
    const { parameters, alphas, history } = await fitParametricNoise(network(architecture) as Network, data, {
      ...options,
      adversary,
      alpha,
      weightDecay,
      seed,
      checkpoints,
      ...(progress ? { progress } : {}),
      ...(signal ? { signal } : {}),
    });
    return { trees: { parameters, alphas }, history };
  },
  build(spec, { parameters, alphas }) {
    const shape = network(spec.network) as Network;
    return Object.assign(noisyClassifier(shape, parameters!, alphas!), { network: shape });
  },
});
