import { knownDataset } from "../../data/mod.ts";
import { diffusionUnet, type DiffusionUnetSpec } from "../../networks/mod.ts";
import { type Images, leavingResult, normal, type Parameters, random, tf } from "../../tensor/mod.ts";
import {
  defineNetworkKind,
  fitUnlabelled,
  type NetworkKind,
  type TrainedNetwork,
  type TrainedSpec,
  type UnlabelledTraining,
} from "../../training/mod.ts";
import { fold } from "../../tensor/mod.ts";
import { imageForm } from "../image_form.ts";
import { type Profile, profileFor } from "../profile.ts";
import { NOISE_STEPS, noised } from "./noise_schedule.ts";
import { diffused, type DiffuseOptions, timed } from "./purify.ts";

/** A diffusion model, as data: enough to train it again. */
export interface DiffusionSpec extends TrainedSpec<DiffusionModel> {
  /** Tells the kinds of specs apart. */
  readonly kind: "diffusion model";
  /** The architecture. */
  readonly network: DiffusionUnetSpec;
  /** The name of the data set that it is trained on. */
  readonly data: string;
  /** How it is trained. */
  readonly training: UnlabelledTraining & {
    /** The largest share of all steps of noise that is learned. */
    readonly latest: number;
    /** Whether images are mirrored at random. */
    readonly flip: boolean;
  };
}

/** A diffusion model as a purifier. */
export interface DiffusionModel {
  /** Noise up to t*, and back; `seed` fixes the noise. See {@linkcode diffused}. */
  purify(images: Images, seed: number, options: DiffuseOptions): Images;
}

/** A trained diffusion model. */
export interface TrainedDiffusion extends TrainedNetwork<DiffusionSpec>, DiffusionModel {}

/** The largest t* that a model of ours has learned. */
export const LATEST = 0.25;

/**
 * The diffusion model of a profile: finds the noise ε in noisy images (Ho et al. 2020, Eq. 14); the weights are the average over
 * the last hundreds of steps.
 *
 * Departure: it learns the first quarter of all times only, since a purification asks for no others. That of Nie et al. is a score
 * network of Song et al. (2021) with a hundred times the weights.
 */
export function diffusionSpec(profile: Profile, data: string, seed: number): DiffusionSpec {
  const { examples, mirrors } = knownDataset(data).facts, { channels } = imageForm(data);
  const { width, images } = profileFor(profile, data).purifiers.diffusion;
  return {
    kind: "diffusion model",
    network: { architecture: "diffusion-unet", width, channels },
    data,
    training: {
      examples: examples.train,
      images,
      batch: Math.min(64, examples.train),
      rate: 2e-3,
      latest: LATEST,
      flip: mirrors,
    },
    seed,
  };
}

/** The noise of a training step, and how far it has come for each image: new tensors. */
function drawn(
  shape: readonly [number, number, number],
  latest: number,
): (count: number, seed: number) => Parameters {
  return (count, seed) => {
    const next = random(fold(seed, "times")), last = Math.round(latest * NOISE_STEPS);
    const steps = Array.from({ length: count }, () => 1 + Math.floor(next() * last));
    const each = (values: number[]) => tf.tensor(values, [count, 1, 1, 1]);
    return {
      noise: normal<tf.Rank.R4>([count, ...shape], 0, 1, fold(seed, "noise")),
      time: each(steps.map((step) => step / NOISE_STEPS)),
      signal: each(steps.map((step) => noised(step).signal)),
      spread: each(steps.map((step) => noised(step).spread)),
    };
  };
}

/** How diffusion models are named, trained and kept. */
export const diffusionKind: NetworkKind<DiffusionSpec> = defineNetworkKind<DiffusionSpec>({
  name: "diffusion model",
  required: ["network", "data", "training"],
  word: () => "diffusion",
  dataset: ({ data }) => data,
  trees: ["parameters"],
  async train({ network: spec, training }, run) {
    const network = diffusionUnet(spec);
    const { parameters, history } = await fitUnlabelled(training, run, {
      init: network.init,
      draw: drawn(run.data.shape, training.latest),
      loss: (weights, images, { noise, time, signal, spread }) => {
        const noisy = images.mul(2).sub(1).mul(signal!).add(noise!.mul(spread!)) as Images;
        return network.apply(weights, timed(noisy, time!)).squaredDifference(noise!).mean() as tf.Scalar;
      },
      augment: { flip: training.flip },
      average: Math.max(0, 1 - 20 * training.batch / training.images), // over a twentieth of the steps
    });
    return { trees: { parameters }, history };
  },
  build({ network: spec }, { parameters }) {
    const network = diffusionUnet(spec);
    return {
      purify: (images: Images, seed: number, options: DiffuseOptions) =>
        leavingResult(() => diffused(network, parameters!, images, seed, options)),
    };
  },
});
