import { linf } from "../attacks/mod.ts";
import type { AttackSpec } from "../attacks/mod.ts";
import { type DatasetName, knownDataset } from "../data/mod.ts";
import { fold } from "../tensor/mod.ts";
import type { Adversary, ClassifierSpec, GclnSpec, ParametricNoiseSpec } from "../training/mod.ts";

/** The names of the profiles, from a laptop to a cluster. */
export type ProfileName = "quick" | "course" | "paper";

/** What an experiment costs: how large the networks are, how long they train, and on how many images they are judged. */
export interface Profile {
  /** Stands in captions and file names; a profile of one's own needs a name of its own. */
  readonly name: string;
  /** The data set instead of the paper's, if any. */
  readonly dataset?: DatasetName;
  /** Test images a cell, from each seed. */
  readonly examples: number;
  /** From how many seeds each cell is measured; default 1. */
  readonly seeds?: number;
  /** The classifier C. */
  readonly network: { readonly width: number; readonly stem: 1 | 2 };
  /** Images that C sees in training. */
  readonly images: number;
  /** Training images that are attacked for the GCLN, and attacked images that it sees; fewer where it is adaptive. */
  readonly gcln: {
    readonly pool: number;
    readonly images: number;
    readonly adaptive: number;
    readonly width: number;
  };
  /** Images that are seen in adversarial training, its attack in units of 1/255, and the share of all steps before it begins. */
  readonly adversary: {
    readonly images: number;
    readonly steps: number;
    readonly stepSize: number;
    readonly after: number;
  };
  /** What each α of Parametric Noise Injection begins with. */
  readonly alpha: number;
  /** Iterations of Carlini and Wagner's attack in a table. */
  readonly carliniWagner: number;
}

/**
 * The profiles, each a size of the same experiment. Spread one to make one of one's own, and give it a name.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Profile, profiles } from "@gcln/kit/experiments";
 *
 * const thorough: Profile = { ...profiles.quick, name: "thorough", examples: 2000, carliniWagner: 100 };
 * assertEquals(thorough.network, profiles.quick.network); // so the shipped networks serve
 * ```
 */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  quick: {
    name: "quick",
    dataset: "street-digits",
    examples: 200,
    seeds: 1,
    network: { width: 16, stem: 2 },
    images: 200_000,
    gcln: { pool: 8_000, images: 40_000, adaptive: 20_000, width: 16 },
    adversary: { images: 200_000, steps: 5, stepSize: 3, after: 0.2 },
    alpha: 0.05,
    carliniWagner: 30,
  },
  course: {
    name: "course",
    examples: 1000,
    seeds: 3,
    network: { width: 16, stem: 1 },
    images: 300_000,
    gcln: { pool: 30_000, images: 60_000, adaptive: 40_000, width: 16 },
    adversary: { images: 120_000, steps: 7, stepSize: 2, after: 0.2 },
    alpha: 0.05,
    carliniWagner: 100,
  },
  paper: {
    name: "paper",
    examples: 10_000,
    seeds: 3,
    network: { width: 64, stem: 1 },
    images: 10_000_000,
    gcln: { pool: 50_000, images: 1_000_000, adaptive: 1_000_000, width: 64 },
    adversary: { images: 10_000_000, steps: 7, stepSize: 2, after: 0 },
    alpha: 0.25,
    carliniWagner: 100,
  },
};

/** What a network takes and gives: one or three channels, and a logit for each class. */
function formOf(data: DatasetName): { classes: number; channels: 1 | 3 } {
  const { classes, shape: [, , channels] } = knownDataset(data).facts;
  if (channels === 1 || channels === 3) return { classes: classes.length, channels };
  throw new RangeError(`Cannot make networks for images of ${channels} channels: 1 or 3 are wanted`);
}

/** The target classifier C of a profile: a ResNet-18. */
export function classifierSpec(profile: Profile, data: DatasetName, seed: number): ClassifierSpec {
  const { examples, mirrors: flip, normalise } = knownDataset(data).facts;
  return {
    kind: "classifier",
    network: { architecture: "resnet18", ...profile.network, ...formOf(data), normalise },
    data,
    training: {
      examples: examples.train,
      images: profile.images,
      batch: Math.min(128, examples.train),
      rate: 0.1,
      augment: { flip, shift: 2 },
    },
    seed,
  };
}

/** The network whose feature maps the perceptual loss compares: a small VGG trained on the same data. */
export function featuresSpec(profile: Profile, data: DatasetName, seed: number): ClassifierSpec {
  const target = classifierSpec(profile, data, seed);
  const { normalise } = knownDataset(data).facts;
  return {
    ...target,
    network: { architecture: "vgg-small", width: profile.network.width, ...formOf(data), normalise },
    training: { ...target.training, images: Math.round(profile.images / 2), rate: 0.05 },
  };
}

/**
 * The substitute of the black-box attacker (§4.2): a ResNet-34 trained on the same data like the target, from a seed of
 * its own, so that no weight begins as the target's does.
 */
export function substituteSpec(profile: Profile, data: DatasetName, seed: number): ClassifierSpec {
  const target = classifierSpec(profile, data, seed);
  return {
    ...target,
    network: { ...target.network, architecture: "resnet34" } as ClassifierSpec["network"],
    seed: fold(seed, "substitute"),
  };
}

/** What attacks each batch of adversarial training: PGD within ε = 8/255 from a random start, as in Madry et al. */
function adversaryOf({ adversary: { steps, stepSize, after } }: Profile): Adversary {
  return {
    attack: { attack: "pgd", ball: linf(8 / 255), stepSize: stepSize / 255, steps, start: "random" },
    batchNorms: "running",
    after,
  };
}

/**
 * The target classifier trained on PGD alone (Madry et al. 2018): ε = 8/255, in profiles `course` and `paper` 7 steps of
 * 2/255, in `quick` and `paper` on as many images as the target.
 *
 * Departure: `quick` takes 5 steps of 3/255; `course` trains on two fifths of the target's images, at eight times the cost
 * of each; both see clean images first, since a short training that begins under attack is long at chance.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { adversarialSpec, profiles } from "@gcln/kit/experiments";
 *
 * const { adversary } = adversarialSpec(profiles.paper, "cifar10", 1).training;
 * assertEquals(adversary!.attack.ball, { norm: "linf", epsilon: 8 / 255 });
 * ```
 */
export function adversarialSpec(profile: Profile, data: DatasetName, seed: number): ClassifierSpec {
  const target = classifierSpec(profile, data, seed);
  const { images } = profile.adversary;
  return { ...target, training: { ...target.training, images, adversary: adversaryOf(profile) } };
}

/**
 * The target classifier with Parametric Noise Injection on its weights (He et al. 2019), on as many images as
 * {@linkcode adversarialSpec} and attacked as there; clean and attacked ones weigh the same, and α begins at 0.25.
 *
 * Departure: in profiles `quick` and `course` α begins at 0.05. With 0.25 in each of 21 layers a short training is over
 * before the network can read.
 */
export function parametricNoiseSpec(profile: Profile, data: DatasetName, seed: number): ParametricNoiseSpec {
  const { network, training } = classifierSpec(profile, data, seed);
  return {
    kind: "parametric noise",
    network,
    data,
    training: {
      ...training,
      images: profile.adversary.images,
      adversary: { ...adversaryOf(profile), clean: 0.5 },
      alpha: profile.alpha,
      weightDecay: { parameters: 3e-4, alphas: 0 },
    },
    seed,
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
  /** On the paper's scale of 0 … 255. */
  readonly q: number;
  /** Whose feature maps the perceptual loss compares: the target classifier's, or a small VGG's of its own. */
  readonly features: "classifier" | "vgg";
  /** Trained against an attacker who knows of it, where the paper's knows the classifier only. */
  readonly adaptive?: true;
}

/**
 * The generative cleaning network of a row.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gclnSpec, profiles } from "@gcln/kit/experiments";
 *
 * const spec = gclnSpec(profiles.course, "cifar10", { q: 10, features: "classifier" }, 1);
 * assertEquals(spec.transform.q, 10 / 255);
 * ```
 */
export function gclnSpec(
  profile: Profile,
  data: DatasetName,
  { q, features, adaptive }: GclnRow,
  seed: number,
): GclnSpec {
  const { channels } = formOf(data), { train } = knownDataset(data).facts.examples;
  const pool = Math.min(profile.gcln.pool, train), classifier = classifierSpec(profile, data, seed);
  return {
    kind: "gcln",
    classifier,
    features: features === "vgg"
      ? {
        of: featuresSpec(profile, data, seed),
        layers: ["relu1_2", "relu2_2", "relu3_2", "relu4_1", "pool"],
      }
      : { of: classifier, layers: ["layer1", "layer2", "layer3", "layer4", "pool"] },
    transform: { q: q / 255, block: 8, transform: "dct", colour: "rgb" },
    generator: { architecture: "generator", width: profile.gcln.width, channels },
    detector: { architecture: "detector", width: 16, channels },
    attacks: adaptive
      ? { by: adaptiveAttacks, surrogate: "defended", pool }
      : { by: trainingAttacks, surrogate: "classifier", pool },
    training: {
      images: adaptive ? profile.gcln.adaptive : profile.gcln.images,
      batch: Math.min(64, pool),
      lambda: 0.5,
      perceptualScale: 10,
      rates: { generator: 1e-3, detector: 1e-4 },
      recovered: "join",
    },
    seed,
  };
}
