import { knownDataset } from "../../data/mod.ts";
import {
  detector,
  type DetectorSpec,
  latentGenerator,
  type LatentGeneratorSpec,
} from "../../networks/mod.ts";
import { type Images, leavingResult } from "../../tensor/mod.ts";
import {
  defineNetworkKind,
  type NetworkKind,
  type TrainedNetwork,
  type TrainedSpec,
} from "../../training/mod.ts";
import { imageForm } from "../image_form.ts";
import { type Profile, profileFor } from "../profile.ts";
import { fitWgan } from "./fit_wgan.ts";
import { nearestGenerated, type NearestOptions } from "./search.ts";

/** A GAN's generator, as data: enough to train it again. */
export interface GanSpec extends TrainedSpec<Gan> {
  /** Tells the kinds of specs apart. */
  readonly kind: "gan";
  /** The generator. */
  readonly network: LatentGeneratorSpec;
  /** The critic, which only training needs. */
  readonly critic: DetectorSpec;
  /** The name of the data set that it is trained on. */
  readonly data: string;
  /** How it is trained; see {@linkcode fitWgan}. */
  readonly training: {
    /** The number of training images to use, from the first. */
    readonly examples: number;
    /** Images that the critic sees in all. */
    readonly images: number;
    /** Images of a step of the critic. */
    readonly batch: number;
    /** The learning rate. */
    readonly rate: number;
  };
}

/** A generator of images. */
export interface Gan {
  /** The nearest generated images. */
  nearest(images: Images, options: NearestOptions): Images;
}

/** A trained generator of images. */
export interface TrainedGan extends TrainedNetwork<GanSpec>, Gan {}

/**
 * The GAN of a profile, a WGAN-GP.
 *
 * Departure: 64 latent numbers instead of 128, and networks of other shapes and sizes, without batch norms.
 */
export function ganSpec(profile: Profile, data: string, seed: number): GanSpec {
  const { examples, shape: [h, w] } = knownDataset(data).facts, { channels } = imageForm(data);
  const { width, images } = profileFor(profile, data).purifiers.gan;
  return {
    kind: "gan",
    network: { architecture: "latent-generator", latent: 64, width, sides: [h, w], channels },
    critic: { architecture: "detector", width, channels },
    data,
    training: { examples: examples.train, images, batch: Math.min(64, examples.train), rate: 2e-4 },
    seed,
  };
}

/** How GANs are named, trained and kept. */
export const ganKind: NetworkKind<GanSpec> = defineNetworkKind<GanSpec>({
  name: "gan",
  required: ["network", "critic", "data", "training"],
  word: () => "gan",
  dataset: ({ data }) => data,
  trees: ["parameters"],
  async train({ network, critic, training }, { data: all, seed, checkpoints, progress, signal }) {
    const { examples, ...fitting } = training;
    const { parameters, history } = await fitWgan(all.take(examples), {
      ...fitting,
      generator: latentGenerator(network),
      latent: network.latent,
      critic: detector(critic),
      seed,
      checkpoints,
      ...(progress ? { progress } : {}),
      ...(signal ? { signal } : {}),
    });
    return { trees: { parameters }, history };
  },
  build({ network: spec }, { parameters }) {
    const network = latentGenerator(spec);
    return {
      nearest: (images: Images, options: NearestOptions) =>
        leavingResult(() => nearestGenerated(network, parameters!, spec.latent, images, options)),
    };
  },
});
