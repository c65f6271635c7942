import type { Augmentation } from "../data/mod.ts";
import type { AttackSpec } from "../attacks/mod.ts";
import type { UnetSpec } from "../networks/mod.ts";
import type { GclnTraining } from "./gcln/training.ts";

/** What an experiment costs: how large the networks are, how long they train, and on how many images they are judged. */
export interface Profile {
  /** Stands in captions and file names; a profile of one's own needs a name of its own. */
  readonly name: string;
  /** The data set instead of the paper's, if any. */
  readonly dataset?: string;
  /** Test images a cell, from each seed. */
  readonly examples: number;
  /** From how many seeds each cell is measured; default 1. */
  readonly seeds?: number;
  /** The classifier C. */
  readonly network: { readonly width: number; readonly stem: 1 | 2 };
  /** Images that C sees in training. */
  readonly images: number;
  /** Random changes of the images that C sees, beside mirroring: see {@linkcode Augmentation}. Default: a shift of 2. */
  readonly augment?: Pick<Augmentation, "shift" | "cutout">;
  /** Training images that are attacked for the GCLN, and attacked images that it sees; fewer where it is adaptive. */
  readonly gcln: {
    readonly pool: number;
    readonly images: number;
    readonly adaptive: number;
    /** Of the small generator. */
    readonly width: number;
    /** A U-Net in its place. Default: the small generator. */
    readonly unet?: Pick<UnetSpec, "width" | "levels" | "blocks" | "norm">;
    /** The layers of the classifier whose features are compared, and how much each counts. Default: its stages and the pool. */
    readonly features?: { readonly layers: readonly string[]; readonly weights?: readonly number[] };
    /** What is attacked with in training, in units of the images. Default: FGS, PGD, BIM and PGD on the margin. */
    readonly attacks?: readonly AttackSpec[];
    /** Settings of the training that differ from the recipe's. */
    readonly training?: Partial<Omit<GclnTraining, "images">>;
  };
  /** Images that are seen in adversarial training, its attack in units of 1/255, and the share of all steps before it begins. */
  readonly adversary: {
    readonly images: number;
    readonly steps: number;
    readonly stepSize: number;
    readonly after: number;
  };
  /** The model of images that PixelDefend purifies with: its sizes, and the images that it sees in training. */
  readonly pixelCnn: {
    readonly width: number;
    readonly blocks: number;
    readonly mixtures: number;
    readonly images: number;
  };
  /**
   * Images that classifiers with a train-time defense see, and what they begin as. Default: as many as in adversarial training,
   * from new weights.
   */
  readonly hardening?: { readonly images: number; readonly from: "the target" | "new weights" };
  /** Images that the black-box attacker's substitute sees. Default: as many as the classifier. */
  readonly substitute?: { readonly images: number };
  /** The other models that images are purified with: their sizes, and the images that they see in training. */
  readonly purifiers: {
    /** MagNet's autoencoder. */
    readonly autoencoder: { readonly images: number };
    /** ComDefend's encoder and decoder. */
    readonly bitCoder: { readonly width: number; readonly images: number };
    /** The diffusion model. */
    readonly diffusion: { readonly width: number; readonly images: number };
    /** Defense-GAN's networks, and the steps and starts of its search. */
    readonly gan: {
      readonly width: number;
      readonly images: number;
      readonly steps: number;
      readonly starts: number;
    };
  };
  /** What each α of Parametric Noise Injection begins with. */
  readonly alpha: number;
  /**
   * Settings of attacks by the attacks' names, for tables that leave them open: `{ carliniWagner: { steps: 30 } }`. What a
   * column says itself counts more.
   */
  readonly attacks?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What is different in some experiments, by their names: the paper's main table may be worth more images and seeds. */
  readonly experiments?: Readonly<Record<string, ExperimentSize>>;
  /** What is different on some data sets, by their names: harder images want larger networks and longer training. */
  readonly on?: Readonly<Record<string, ProfileDifference>>;
}

/** On how many images, and from how many seeds, an experiment is measured; what is absent is as in the profile. */
export interface ExperimentSize {
  /** Test images a cell, from each seed. */
  readonly examples?: number;
  /** From how many seeds. */
  readonly seeds?: number;
  /** The heads of the rows (or names of the curves) that get all of the seeds; the others get the first. Default: all get all. */
  readonly severalSeeds?: readonly string[];
  /** Of rows whose attacks take long, by their heads: how many of the test images each is measured on, from each seed. */
  readonly fewerExamples?: Readonly<Record<string, number>>;
}

/** The sizes of a profile that may be different on a data set. */
export type ProfileDifference = Partial<
  Pick<
    Profile,
    | "network"
    | "images"
    | "augment"
    | "gcln"
    | "adversary"
    | "pixelCnn"
    | "purifiers"
    | "hardening"
    | "substitute"
    | "alpha"
  >
>;

/**
 * A profile with the sizes that it has on a data set.
 *
 * @param profile How large networks are, and how long they train.
 * @param data The name of the data set.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Profile, profileFor } from "@gcln/kit/defenses";
 * import { profiles } from "@gcln/kit/experiments";
 *
 * const mine: Profile = { ...profiles.quick, name: "mine", images: 1000, on: { cifar10: { images: 5000 } } };
 * assertEquals([profileFor(mine, "street-digits").images, profileFor(mine, "cifar10").images], [1000, 5000]);
 * ```
 */
export function profileFor(profile: Profile, data: string): Profile {
  return { ...profile, ...profile.on?.[data] };
}

/** What networks are made for: how large, on which data, from which seed. */
export interface Circumstances {
  /** How large, and for how long they train. */
  readonly profile: Profile;
  /** The name of the data set. */
  readonly dataset: string;
  /** Fixes all that is random. */
  readonly seed: number;
}
