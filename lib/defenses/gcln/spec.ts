import { type AttackSpec, linf } from "../../attacks/mod.ts";
import { type Augmentation, knownDataset } from "../../data/mod.ts";
import { checkSettings, type Settings, size, word } from "../../kinds/mod.ts";
import type { DetectorSpec, GeneratorSpec } from "../../networks/mod.ts";
import type { Cleaner, CompileOptions, Images, Parameters } from "../../tensor/mod.ts";
import type { ClassifierSpec, TrainedNetwork, TrainedSpec } from "../../training/mod.ts";
import { imageForm } from "../image_form.ts";
import { classifierSpec } from "../none.ts";
import { type Profile, profileFor } from "../profile.ts";
import type { CleanerOptions } from "./cleaner.ts";

/** A generative cleaning network, as data: enough to train it again. */
export interface GclnSpec extends TrainedSpec<CleaningNetwork> {
  /** Tells the kinds of specs apart. */
  readonly kind: "gcln";
  /** The target classifier C. */
  readonly classifier: ClassifierSpec;
  /** The network whose feature maps the perceptual loss compares, and which of its layers. */
  readonly features: {
    readonly of: ClassifierSpec;
    /** Some of its layers, and `"logits"`. */
    readonly layers: readonly string[];
    /** How much each layer counts; default: all the same. */
    readonly weights?: readonly number[];
  };
  /** The quantized transform in front of the generator; see {@linkcode QuantizedTransformOptions}. */
  readonly transform: {
    /** The quantization parameter on [0, 1] images: the paper's q = 10 is 10 / 255. */
    readonly q: number;
    /** The side M of a block. */
    readonly block: number;
    /** The block transform T. */
    readonly transform: "dct" | "haar";
    /** The colour space whose channels are transformed. */
    readonly colour: "rgb" | "ycbcr";
  };
  /** The generator G. */
  readonly generator: GeneratorSpec;
  /** The detector D, which only training needs. */
  readonly detector: DetectorSpec;
  /** The attacked images that G learns to clean. */
  readonly attacks: {
    /** What the attacked images Ω* are made with, in turn. */
    readonly by: readonly AttackSpec[];
    /** What the attacker differentiates: the target classifier, or the classifier behind the cleaner as it is now. */
    readonly surrogate: "classifier" | "defended";
    /** How many training images are attacked (the first ones). */
    readonly pool: number;
  };
  /** How G and D are trained; see {@linkcode fitGcln}. */
  readonly training: {
    /** Attacked images seen in all. */
    readonly images: number;
    /** Attacked images a step. */
    readonly batch: number;
    /** λ of Eq. (3). */
    readonly lambda: number;
    /** What the normalised perceptual loss is multiplied with. */
    readonly perceptualScale: number;
    /** Peak learning rates. */
    readonly rates: { readonly generator: number; readonly detector: number };
    /** Whether recovered images join the clean ones (§3.3). */
    readonly recovered: "join" | "ignore";
    /** Clean images that the generator sees in a step, as a share of the attacked ones; default 1. */
    readonly clean?: number;
    /** Random changes of the images, and of their perturbations with them; default none. */
    readonly augment?: Augmentation;
    /** What convolutions are computed in, also where the pool is attacked; default float32. */
    readonly precision?: CompileOptions["precision"];
  };
}

/** Which gradients an attacker sees where a cleaner rounds and clips; see {@linkcode CleanerOptions}. */
export type CleanerGradients = Pick<CleanerOptions, "backward" | "clip">;

/** A generative cleaning network: call it on images. */
export interface CleaningNetwork {
  /** From `[n, h, w, c]` in [0, 1] to cleaned images of the same shape and range. */
  (images: Images): Images;
  /** The detector's parameters. */
  readonly detector: Parameters;
  /** The same cleaner with other gradients of its rounding and its clip: the values do not change. */
  with(gradients: CleanerGradients): Cleaner;
}

/** A trained generative cleaning network; `parameters` are the generator's. */
export interface TrainedGcln extends TrainedNetwork<GclnSpec>, CleaningNetwork {}

/** The network whose feature maps the perceptual loss compares: a small VGG trained on the same data. */
export function featuresSpec(profile: Profile, data: string, seed: number): ClassifierSpec {
  const target = classifierSpec(profile, data, seed), { network, images } = profileFor(profile, data);
  return {
    ...target,
    network: { architecture: "vgg-small", width: network.width, ...imageForm(data) },
    training: { ...target.training, images: Math.round(images / 2), rate: 0.05 },
  };
}

/**
 * The attacks that the GCLN is trained against, in turn, at the paper's settings: FGS, PGD and BIM of Table 1, and PGD on
 * the margin, which is C&W's loss, in place of C&W itself with its ten times as many steps.
 */
const trainingAttacks: readonly AttackSpec[] = [
  { attack: "fgs", ball: linf(8 / 255) },
  { attack: "pgd", ball: linf(8 / 255), stepSize: 1 / 255, steps: 10 },
  { attack: "bim", ball: linf(8 / 255), stepSize: 1 / 255, steps: 10 },
  { attack: "pgd", ball: linf(8 / 255), stepSize: 1 / 255, steps: 10, loss: "margin" },
];

/**
 * What the adaptive GCLN is trained against: PGD on the classifier behind the cleaner as it is at that step, rounding
 * passed straight through.
 */
const adaptiveAttacks: readonly AttackSpec[] = [
  { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 5 },
];

/** What sets a row's GCLN apart from others. */
export interface GclnRow {
  /** The quantization parameter, in the unit of the images: the paper's Qs = 10 is 10 / 255. */
  readonly q: number;
  /** Whose feature maps the perceptual loss compares: the target classifier's, or a small VGG's of its own. */
  readonly features: "classifier" | "vgg";
  /** Trained against an attacker who knows of it, where the paper's knows the classifier only. */
  readonly adaptive?: true;
}

/** What may be said of a row's GCLN. */
export const gclnSettings: Settings = {
  q: {
    ...size({ above: 0, most: 1 }),
    wanted: "a number above 0 and at most 1 (images are in [0, 1]: the paper's Qs = 10 is 10 / 255)",
  },
  features: word(["classifier", "vgg"]),
  adaptive: { wanted: "true, or nothing", accepts: (value) => value === true },
};

/** What has to be said of it. */
export const GCLN_REQUIRED: readonly string[] = ["q", "features"];

/**
 * The generative cleaning network of a row.
 *
 * @throws {RangeError} Where images can't be split into blocks of 8 × 8 pixels, or a setting of the row does not fit.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gclnSpec } from "@gcln/kit/defenses";
 * import { profiles } from "@gcln/kit/experiments";
 *
 * const spec = gclnSpec(profiles.course, "cifar10", { q: 10 / 255, features: "classifier" }, 1);
 * assertEquals(spec.transform.q, 10 / 255);
 * ```
 */
export function gclnSpec(
  profile: Profile,
  data: string,
  { q, features, adaptive }: GclnRow,
  seed: number,
): GclnSpec {
  checkSettings("gclnSpec", gclnSettings, { q, features, adaptive }, GCLN_REQUIRED);
  const { channels } = imageForm(data), classifier = classifierSpec(profile, data, seed);
  const { examples, shape: [height, width] } = knownDataset(data).facts, sides = [height, width];
  const { gcln: sizes } = profileFor(profile, data), pool = Math.min(sizes.pool, examples.train);
  if (sides.some((side) => side % BLOCK !== 0)) {
    throw new RangeError(
      `Cannot clean the ${
        sides.join(" × ")
      } images of ${data} with the GCLN: sides must be multiples of ${BLOCK}`,
    );
  }
  return {
    kind: "gcln",
    classifier,
    features: features === "vgg"
      ? {
        of: featuresSpec(profile, data, seed),
        layers: ["relu1_2", "relu2_2", "relu3_2", "relu4_1", "pool"],
      }
      : { of: classifier, layers: ["layer1", "layer2", "layer3", "layer4", "pool"] },
    transform: { q, block: BLOCK, transform: "dct", colour: "rgb" },
    generator: { architecture: "generator", width: sizes.width, channels },
    detector: { architecture: "detector", width: 16, channels },
    attacks: adaptive
      ? { by: adaptiveAttacks, surrogate: "defended", pool }
      : { by: trainingAttacks, surrogate: "classifier", pool },
    training: {
      images: adaptive ? sizes.adaptive : sizes.images,
      batch: Math.min(64, pool),
      lambda: 0.5,
      perceptualScale: 10,
      rates: { generator: 1e-3, detector: 1e-4 },
      recovered: "join",
    },
    seed,
  };
}

/** The side M of a block (§4.1). */
const BLOCK = 8;
