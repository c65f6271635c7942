import { knownDataset } from "../../data/mod.ts";
import { pixelCnn, type PixelCnnSpec } from "../../networks/mod.ts";
import { type Images, tf } from "../../tensor/mod.ts";
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
import { logLikelihood } from "./log_likelihood.ts";
import { type Purifier, purifier, type PurifyOptions } from "./purify.ts";

/** A model of images, as data: enough to train it again. */
export interface PixelCnnTrainingSpec extends TrainedSpec<PixelCnn> {
  /** Tells the kinds of specs apart. */
  readonly kind: "pixelcnn";
  /** The architecture. */
  readonly network: PixelCnnSpec;
  /** The name of the data set that it is trained on. */
  readonly data: string;
  /** How it is trained. */
  readonly training: UnlabelledTraining & {
    /** Whether images are mirrored at random. */
    readonly flip: boolean;
  };
}

/** A model of images: how likely each is, and what is likelier near it. */
export interface PixelCnn {
  /** Bits for each value of each image, `[n]`: 8 where nothing is known of the images. */
  bitsPerDimension(images: Images): tf.Tensor1D;
  /** The purification of PixelDefend within so much; the same function for the same options. */
  purifier(options: PurifyOptions): Purifier;
}

/** A trained model of images. */
export interface TrainedPixelCnn extends TrainedNetwork<PixelCnnTrainingSpec>, PixelCnn {}

/**
 * The model of images of a profile.
 *
 * Departure: Song et al. take a PixelCNN++ of 15 blocks and 160 channels, which was trained for days.
 */
export function pixelCnnSpec(profile: Profile, data: string, seed: number): PixelCnnTrainingSpec {
  const { examples, mirrors } = knownDataset(data).facts, { channels } = imageForm(data);
  const { width, blocks, mixtures, images } = profileFor(profile, data).pixelCnn;
  return {
    kind: "pixelcnn",
    network: { architecture: "pixelcnn", width, blocks, mixtures, channels },
    data,
    training: {
      examples: examples.train,
      images,
      batch: Math.min(32, examples.train),
      rate: 3e-3,
      flip: mirrors,
    },
    seed,
  };
}

/** How models of images are named, trained and kept. */
export const pixelCnnKind: NetworkKind<PixelCnnTrainingSpec> = defineNetworkKind<PixelCnnTrainingSpec>({
  name: "pixelcnn",
  required: ["network", "data", "training"],
  word: () => "pixelcnn",
  dataset: ({ data }) => data,
  trees: ["parameters"],
  async train({ network: spec, training }, run) {
    const network = pixelCnn(spec);
    const bits = Math.LN2 * spec.channels;
    const { parameters, history } = await fitUnlabelled(training, run, {
      init: network.init,
      loss: (weights, images) =>
        logLikelihood(network.apply(weights, images), images).mean().div(-bits) as tf.Scalar,
      augment: { flip: training.flip },
    });
    return { trees: { parameters }, history };
  },
  build({ network: spec }, { parameters }) {
    const network = pixelCnn(spec), made = new Map<number, Purifier>();
    return {
      bitsPerDimension: (images: Images) =>
        tf.tidy(() =>
          logLikelihood(network.apply(parameters!, images), images).mean([1, 2]).div(
            -Math.LN2 * spec.channels,
          )
        ),
      purifier(options: PurifyOptions) {
        const known = made.get(options.reach) ?? purifier(spec, parameters!, options);
        made.set(options.reach, known);
        return known;
      },
      dispose() {
        for (const purify of made.values()) purify.dispose();
        made.clear();
      },
    };
  },
});
