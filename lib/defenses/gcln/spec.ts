import { type AttackSpec, linf } from "../../attacks/mod.ts";
import { knownDataset } from "../../data/mod.ts";
import { checkSettings, type Settings, size, word } from "../../kinds/mod.ts";
import type { DetectorSpec, GeneratorSpec } from "../../networks/mod.ts";
import type { Cleaner, Images, Parameters } from "../../tensor/mod.ts";
import type { ClassifierSpec, TrainedNetwork, TrainedSpec } from "../../training/mod.ts";
import { imageForm } from "../image_form.ts";
import { trainingAdversary } from "../adversarial_training.ts";
import { classifierSpec } from "../none.ts";
import { type Profile, profileFor } from "../profile.ts";
import { checkStep, type CleanerOptions } from "./cleaner.ts";
import type { GclnTraining } from "./training.ts";

/** A generative cleaning network, as data: enough to train it again. */
export interface GclnSpec extends TrainedSpec<CleaningNetwork> {
  /** Tells the kinds of specs apart. */
  readonly kind: "gcln";
  /** The target classifier C. */
  readonly classifier: ClassifierSpec;
  /** The network whose feature maps the perceptual loss compares, and which of its layers. None where labels guide. */
  readonly features: {
    readonly of: ClassifierSpec;
    /** Some of its layers, `"pixels"` and `"logits"`. */
    readonly layers: readonly string[];
    /** How much each layer counts; default: all the same. */
    readonly weights?: readonly number[];
  };
  /** The quantized transform in front of the generator; see {@linkcode QuantizedTransformOptions}. */
  readonly transform: {
    /** The quantization parameter on [0, 1] images: the paper's q = 10 is 10 / 255. "none": no quantized transform. */
    readonly q: number | "none";
    /** The side M of a block. */
    readonly block: number;
    /** The block transform T. */
    readonly transform: "dct" | "haar";
    /** The colour space whose channels are transformed. */
    readonly colour: "rgb" | "ycbcr";
    /** "learned" where q is but the start of the quantization step; default fixed. */
    readonly step?: "learned";
  };
  /** The generator G. */
  readonly generator: GeneratorSpec;
  /** The detector D, which only training needs; absent where L_A is left out. */
  readonly detector?: DetectorSpec;
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
  readonly training: GclnTraining;
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
  /** The quantization parameter, in the unit of the images: the paper's Qs = 10 is 10 / 255. "none": no quantized transform. */
  readonly q: number | "none";
  /**
   * What guides the generator: the feature maps of the target classifier, or of a small VGG of its own; the pixels, as in
   * other denoisers; or, beyond the paper, the labels: adversarial training of the cleaner alone.
   */
  readonly features: "classifier" | "vgg" | "pixels" | "labels";
  /** Trained against an attacker who knows of it, where the paper's knows the classifier only. */
  readonly adaptive?: true;
  /** The side M of a block; default 8 (§4.1). */
  readonly block?: 4 | 8 | 16;
  /** The block transform T; default "dct". §3.2 names the wavelets too. */
  readonly transform?: "dct" | "haar";
  /** Whether the quantization step is q, or is learned from q on (the abstract's "trainable"); default "fixed". */
  readonly step?: "fixed" | "learned";
  /** Whether there is a detector, and its loss L_A; default "with". */
  readonly detector?: "with" | "without";
  /** Whether the game is played; an "untrained" generator is the identity, so the quantizer stands alone. Default "trained". */
  readonly generator?: "trained" | "untrained";
}

/** What may be said of a row's GCLN. */
export const gclnSettings: Settings = {
  q: {
    wanted:
      "a number above 0 and at most 1 (images are in [0, 1]: the paper's Qs = 10 is 10 / 255), or none for no quantizer",
    accepts: (value) => value === "none" || size({ above: 0, most: 1 }).accepts(value),
  },
  features: word(["classifier", "vgg", "pixels", "labels"]),
  adaptive: { wanted: "true, or nothing", accepts: (value) => value === true },
  block: { wanted: "4, 8 or 16", accepts: (value) => [4, 8, 16].includes(value as number) },
  transform: word(["dct", "haar"]),
  step: word(["fixed", "learned"]),
  detector: word(["with", "without"]),
  generator: word(["trained", "untrained"]),
};

/** What has to be said of it. */
export const GCLN_REQUIRED: readonly string[] = ["q", "features"];

/** Which layers guide the generator, and of which network. */
function featuresOf(
  profile: Profile,
  data: string,
  classifier: ClassifierSpec,
  guide: GclnRow["features"],
): GclnSpec["features"] {
  switch (guide) {
    case "vgg":
      return {
        of: featuresSpec(profile, data, classifier.seed),
        layers: ["relu1_2", "relu2_2", "relu3_2", "relu4_1", "pool"],
      };
    case "classifier":
      return {
        of: classifier,
        layers: ["layer1", "layer2", "layer3", "layer4", "pool"],
        ...profile.gcln.features,
      };
    case "pixels":
      return { of: classifier, layers: ["pixels"] };
    case "labels":
      return { of: classifier, layers: [] };
    default:
      return guide satisfies never;
  }
}

/** What attacks the training images, and how many of them there are. */
function attacksOf(profile: Profile, pool: number, { features, adaptive }: GclnRow): GclnSpec["attacks"] {
  const { attacks = trainingAttacks } = profile.gcln;
  if (!adaptive) return { by: attacks, surrogate: "classifier", pool };
  const by = features === "labels" ? [trainingAdversary(profile).attack] : adaptiveAttacks;
  return { by, surrogate: "defended", pool };
}

/**
 * How many attacked images are seen. A cleaner that learns from labels, from an attacker who knows of it, costs what
 * adversarial training costs: the same attack on half as many images, since a pass through cleaner and classifier costs
 * about twice that through the classifier.
 */
function imagesOf({ gcln, adversary }: Profile, { features, adaptive, generator }: GclnRow): number {
  if (generator === "untrained") return 0;
  if (!adaptive) return gcln.images;
  return features === "labels" ? Math.round(adversary.images / 2) : gcln.adaptive;
}

/**
 * What L_P is multiplied with, so that L_A does not drown it: a feature map's distance over its mean square is 0.01 to 0.1
 * in training, that of pixels a hundredth of it. Cross-entropy has the size of L_A.
 */
const perceptualScales = { classifier: 10, vgg: 10, pixels: 1000, labels: 1 } as const;

/**
 * The generative cleaning network of a row.
 *
 * Departure: the abstract calls the quantized transform trainable, and §3.2 has a fixed q. A learned step follows the gradient
 * of learned step sizes (Esser et al. 2020); its logarithm is learned, so that it stays above 0.
 *
 * @throws {RangeError} Where images can't be split into blocks, or a setting of the row does not fit.
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
export function gclnSpec(profile: Profile, data: string, row: GclnRow, seed: number): GclnSpec {
  const {
    q,
    features,
    adaptive,
    block = 8,
    transform = "dct",
    step = "fixed",
    detector = "with",
    generator,
  } = row;
  checkSettings("gclnSpec", gclnSettings, {
    q,
    features,
    adaptive,
    block,
    transform,
    step,
    detector,
    generator,
  }, GCLN_REQUIRED);
  checkStep(q, step);
  const { channels } = imageForm(data), classifier = classifierSpec(profile, data, seed);
  const { examples, shape: [height, width] } = knownDataset(data).facts, sides = [height, width];
  const sizes = profileFor(profile, data), { unet } = sizes.gcln;
  const pool = Math.min(sizes.gcln.pool, examples.train);
  if (sides.some((side) => side % block !== 0)) {
    throw new RangeError(
      `Cannot clean the ${
        sides.join(" × ")
      } images of ${data} with the GCLN: sides must be multiples of ${block}`,
    );
  }
  return {
    kind: "gcln",
    classifier,
    features: featuresOf(sizes, data, classifier, features),
    transform: { q, block, transform, colour: "rgb", ...(step === "learned" ? { step } : {}) },
    generator: unet
      ? { architecture: "unet", ...unet, channels }
      : { architecture: "generator", width: sizes.gcln.width, channels },
    ...(detector === "with" ? { detector: { architecture: "detector", width: 16, channels } } : {}),
    attacks: attacksOf(sizes, pool, row),
    training: {
      batch: Math.min(64, pool),
      lambda: 0.5,
      perceptualScale: perceptualScales[features],
      rates: { generator: 1e-3, detector: 1e-4 },
      recovered: "join",
      ...sizes.gcln.training,
      images: imagesOf(sizes, row),
      ...(features === "labels" ? { guide: "labels" } : {}),
    },
    seed,
  };
}
