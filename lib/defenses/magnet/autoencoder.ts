import { knownDataset } from "../../data/mod.ts";
import { convStack, type ConvStackSpec } from "../../networks/mod.ts";
import { type Images, leavingResult, normal, type tf } from "../../tensor/mod.ts";
import {
  defineNetworkKind,
  fitUnlabelled,
  type NetworkKind,
  type TrainedNetwork,
  type TrainedSpec,
  type UnlabelledTraining,
} from "../../training/mod.ts";
import { imageForm } from "../image_form.ts";
import { type Profile, profileFor } from "../profile.ts";

/** A denoising autoencoder, as data: enough to train it again. */
export interface AutoencoderSpec extends TrainedSpec<Autoencoder> {
  /** Tells the kinds of specs apart. */
  readonly kind: "autoencoder";
  /** The architecture, before the sigmoid at its end. */
  readonly network: ConvStackSpec;
  /** The name of the data set that it is trained on. */
  readonly data: string;
  /** How it is trained. */
  readonly training: UnlabelledTraining & {
    /** The standard deviation of the noise that it learns to take away. */
    readonly noise: number;
  };
}

/** From images to images near those that it learned. */
export type Autoencoder = (images: Images) => Images;

/** A trained autoencoder. */
export type TrainedAutoencoder = TrainedNetwork<AutoencoderSpec> & Autoencoder;

/** The share of the training images that it learns from: thresholds are set by the others. */
export const LEARNED = 0.8;

/**
 * MagNet's autoencoder of a profile, as the paper has it for CIFAR-10: three convolutions with sigmoids, noise of 0.025.
 *
 * Departure: six channels between the convolutions where the paper has three, and no weight decay.
 */
export function autoencoderSpec(profile: Profile, data: string, seed: number): AutoencoderSpec {
  const { channels } = imageForm(data),
    examples = Math.floor(LEARNED * knownDataset(data).facts.examples.train);
  return {
    kind: "autoencoder",
    network: { architecture: "conv-stack", channels, widths: [6, 6, channels], activation: "sigmoid" },
    data,
    training: {
      examples,
      images: profileFor(profile, data).purifiers.autoencoder.images,
      batch: Math.min(64, examples),
      rate: 1e-2,
      noise: 0.025,
    },
    seed,
  };
}

/** How autoencoders are named, trained and kept. */
export const autoencoderKind: NetworkKind<AutoencoderSpec> = defineNetworkKind<AutoencoderSpec>({
  name: "autoencoder",
  required: ["network", "data", "training"],
  word: () => "autoencoder",
  dataset: ({ data }) => data,
  trees: ["parameters"],
  async train({ network: spec, training }, run) {
    const network = convStack(spec);
    const { parameters, history } = await fitUnlabelled(training, run, {
      init: network.init,
      draw: (count, seed) => ({
        noise: normal<tf.Rank.R4>([count, ...run.data.shape], 0, training.noise, seed),
      }),
      loss: (weights, images, { noise }) => {
        const noisy = images.add(noise!).clipByValue(0, 1) as Images;
        return network.apply(weights, noisy).sigmoid().squaredDifference(images).mean() as tf.Scalar;
      },
    });
    return { trees: { parameters }, history };
  },
  build({ network: spec }, { parameters }) {
    const network = convStack(spec);
    return (images: Images) => leavingResult(() => network.apply(parameters!, images).sigmoid() as Images);
  },
});
