import type { Augmentation, AugmentOptions } from "../../data/mod.ts";
import type { Features } from "../../losses/mod.ts";
import type { Network } from "../../networks/mod.ts";
import type {
  Batch,
  Classifier,
  CompileOptions,
  Images,
  Logits,
  Parameters,
  Progress,
  tf,
} from "../../tensor/mod.ts";
import type { CheckpointStore } from "../../training/mod.ts";
import type { CleanerTransform } from "./cleaner.ts";

/** The classifier behind the cleaner as it is at a step, rounding passed straight through. */
export interface Defended extends Classifier {
  /** The generator's parameters at this step. */
  readonly parameters: Parameters;
  /** The same for any parameters: one function at all steps, so that an attack on it can be compiled once. */
  readonly forward: (parameters: Parameters, images: Images) => Logits;
}

/**
 * Makes the attacked images Ω* of a training step.
 *
 * @param batch The clean images and their labels.
 * @param indices Their positions in the training set, for attackers that remember.
 * @param defended The classifier behind the cleaner as it is now, rounding passed straight through, for attackers
 *   that adapt.
 * @param seed The step's.
 * @param changes How the batch was augmented, if it was: for attackers that remember.
 */
export type Attacker = (
  batch: Batch,
  indices: Uint32Array,
  defended: Defended,
  seed: number,
  changes?: AugmentOptions,
) => Images | Promise<Images>;

/** What one pass of the target classifier gives: the feature maps F of Eq. (4), and the logits. */
export type Seen = (
  images: Images,
) => { readonly maps: readonly tf.Tensor[]; readonly logits: Logits };

/** Fields of `fitGcln`. */
export interface FitGclnOptions {
  /** The target classifier C, which is not trained. */
  readonly classifier: Classifier;
  /**
   * What guides the generator: the features of the originals, Eq. (4), or the labels, through the classifier. With "labels" it
   * is adversarial training of the cleaner, beyond the paper: the mean cross-entropy takes the place of L_P.
   *
   * @default {"features"}
   */
  readonly guide?: "features" | "labels";
  /** The feature maps F of the perceptual loss, Eq. (4); not needed with the guide "labels". */
  readonly features?: Features;
  /** Features and logits of one pass, where F is the target classifier itself: saves a pass. Default: two passes. */
  readonly seen?: Seen;
  /** How much each feature map counts; default: all the same. */
  readonly weights?: readonly number[];
  /** The generator G, behind the quantized transform. */
  readonly generator: Network<Images>;
  /** The detector D, from images to two logits. Without it L_A is left out, and no image joins Ω°. */
  readonly detector?: Network;
  /** The quantized transform in front of the generator. */
  readonly transform: CleanerTransform;
  /** Who makes the attacked images. */
  readonly attacker: Attacker;
  /** Attacked images seen in all. */
  readonly images: number;
  /** Attacked images a step; default 64. */
  readonly batch?: number;
  /** Clean images that the generator sees in a step, as a share of the attacked ones, from 0 to 1; default 1. */
  readonly clean?: number;
  /** Random changes of the images; the attacker is told of them. Default none. */
  readonly augment?: Augmentation;
  /** λ of Eq. (3); default 0.5. */
  readonly lambda?: number;
  /** What the normalised perceptual loss is multiplied with; default 10. */
  readonly perceptualScale?: number;
  /** Peak learning rates; default 1e-3 for the generator, 1e-4 for the detector. */
  readonly rates?: { readonly generator: number; readonly detector: number };
  /** Whether recovered images that C classifies right join the clean set Ω° (§3.3); default `join`. */
  readonly recovered?: "join" | "ignore";
  /**
   * What convolutions are computed in, in the generator's step and in the detector's; weights and optimisers stay in float32.
   * See {@linkcode CompileOptions}.
   *
   * @default {"float32"}
   */
  readonly precision?: CompileOptions["precision"];
  /** Fixes the first weights, the order of the images, the attacks and the draws from the recovered ones. */
  readonly seed: number;
  /** Gets the number of images seen so far, and the losses. */
  readonly progress?: Progress;
  /** Where the run keeps its checkpoint, so that it can go on after a stop. */
  readonly checkpoints?: CheckpointStore;
  /** Stops the run between two steps, with its checkpoint written. */
  readonly signal?: AbortSignal;
}
