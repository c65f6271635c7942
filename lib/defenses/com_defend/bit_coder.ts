import { knownDataset } from "../../data/mod.ts";
import { convStack, type ConvStackSpec } from "../../networks/mod.ts";
import { type Images, leavingResult, normal, type Parameters, type tf } from "../../tensor/mod.ts";
import {
  defineNetworkKind,
  fitUnlabelled,
  group,
  type NetworkKind,
  type TrainedNetwork,
  type TrainedSpec,
  ungroup,
  type UnlabelledTraining,
} from "../../training/mod.ts";
import { bpda } from "../../attacks/mod.ts";
import { imageForm } from "../image_form.ts";
import { type Profile, profileFor } from "../profile.ts";

/** An encoder to bits and its decoder, as data: enough to train them again. */
export interface BitCoderSpec extends TrainedSpec<BitCoder> {
  /** Tells the kinds of specs apart. */
  readonly kind: "bit coder";
  /** ComCNN, from images to codes. */
  readonly encoder: ConvStackSpec;
  /** RecCNN, from codes to images. */
  readonly decoder: ConvStackSpec;
  /** The name of the data set that they are trained on. */
  readonly data: string;
  /** How they are trained. */
  readonly training: UnlabelledTraining & {
    /** The standard deviation of the noise that is added to the code. */
    readonly noise: number;
    /** The weight of the code's mean square in the loss, λ. */
    readonly penalty: number;
  };
}

/** How the step from a code to its bits passes a gradient: not at all, or as the sigmoid of the training does. */
export type BitGradient = "exact" | "as in training";

/** An encoder to bits with its decoder. */
export interface BitCoder {
  /** The bits of images, `[n, h, w, bits]`: 0 or 1. */
  encode(images: Images, gradient?: BitGradient): Images;
  /** From bits to images in [0, 1]. */
  decode(bits: Images): Images;
}

/** A trained encoder with its decoder. */
export interface TrainedBitCoder extends TrainedNetwork<BitCoderSpec>, BitCoder {}

/** How many maps of bits there are: 12 instead of the 24 of an image. */
const BITS = 12;

/**
 * ComDefend's two networks of a profile: nine 3 × 3 convolutions each, with ELU between them.
 *
 * Departure: `width` channels at either end and 16 times as many in the middle, where the paper has 16 and 256.
 */
export function bitCoderSpec(profile: Profile, data: string, seed: number): BitCoderSpec {
  const { channels } = imageForm(data), { examples } = knownDataset(data).facts;
  const { width, images } = profileFor(profile, data).purifiers.bitCoder;
  const widths = [1, 2, 4, 8, 16, 8, 4, 2].map((times) => times * width);
  return {
    kind: "bit coder",
    encoder: { architecture: "conv-stack", channels, widths: [...widths, BITS], activation: "elu" },
    decoder: {
      architecture: "conv-stack",
      channels: BITS,
      widths: [...widths.toReversed(), channels],
      activation: "elu",
    },
    data,
    training: {
      examples: examples.train,
      images,
      batch: Math.min(32, examples.train),
      rate: 1e-3,
      noise: 20,
      penalty: 1e-4,
    },
    seed,
  };
}

/** How encoders to bits are named, trained and kept. */
export const bitCoderKind: NetworkKind<BitCoderSpec> = defineNetworkKind<BitCoderSpec>({
  name: "bit coder",
  required: ["encoder", "decoder", "data", "training"],
  word: () => "bit-coder",
  dataset: ({ data }) => data,
  trees: ["parameters", "decoder"],
  async train(spec, run) {
    const { training } = spec, encoder = convStack(spec.encoder), decoder = convStack(spec.decoder);
    const [h, w] = run.data.shape;
    const { parameters: both, history } = await fitUnlabelled(training, run, {
      init: (seed) => group({ encoder: encoder.init(seed), decoder: decoder.init(seed) }),
      draw: (count, seed) => ({ noise: normal<tf.Rank.R4>([count, h, w, BITS], 0, training.noise, seed) }),
      loss: (weights, images, { noise }) => {
        const { encoder: first, decoder: second } = ungroup(weights) as unknown as Record<string, Parameters>;
        const code = encoder.apply(first!, images), soft = code.sub(noise!).sigmoid() as Images;
        const made = decoder.apply(second!, soft).sigmoid();
        const wrong = made.squaredDifference(images).mean();
        return wrong.add(code.square().mean().mul(training.penalty)) as tf.Scalar;
      },
    });
    const { encoder: parameters, decoder: other } = ungroup(both) as unknown as Record<string, Parameters>;
    return { trees: { parameters: parameters!, decoder: other! }, history };
  },
  build(spec, { parameters, decoder: others }) {
    const encoder = convStack(spec.encoder), decoder = convStack(spec.decoder), { noise } = spec.training;
    const bits = (code: Images) => code.greater(0).cast("float32") as Images;
    const exact = bpda(bits, { backward: "skip" });
    // What the noise makes of the step on average: a sigmoid as wide as the noise.
    const smooth = bpda(bits, { backward: (code: Images) => code.div(noise).sigmoid() });
    return {
      encode(images: Images, gradient: BitGradient = "exact") {
        return leavingResult(() => {
          const code = encoder.apply(parameters!, images);
          return gradient === "exact" ? exact(code) : smooth(code);
        });
      },
      decode: (code: Images) => leavingResult(() => decoder.apply(others!, code).sigmoid() as Images),
    };
  },
});
