import type { ClassifierSpec, ClassifierTraining } from "../training/mod.ts";
import { augmentUnderAttack } from "./adversarial_training.ts";
import { classifierSpec } from "./none.ts";
import { type Circumstances, profileFor } from "./profile.ts";

/** What sets the training of a hardened classifier apart from the target's. */
export type Hardening = Pick<ClassifierTraining, "adversary" | "smoothing">;

/** For how long a classifier with a train-time defense is trained. */
export interface HardenedOptions {
  /** Images a step, where an image is there in two forms at once. Default: the target's. */
  readonly batch?: number;
  /** How many times the profile's images it sees: for those whose steps are cheap. Default 1. */
  readonly times?: number;
  /** The peak learning rate of one that begins as the trained target; default 0.05. */
  readonly tuningRate?: number;
}

/**
 * The target's architecture, trained with an adversary or on other labels for as long as the profile says.
 *
 * Departure: in profiles `quick` and `course` it begins as the trained target and is tuned at half its learning rate, for a
 * tenth of the steps that a new network needs (Jeddi et al. 2020, "A simple fine-tuning is all you need").
 */
export function hardenedSpec(
  { profile, dataset, seed }: Circumstances,
  hardening: Hardening,
  { batch, times = 1, tuningRate = 0.05 }: HardenedOptions = {},
): ClassifierSpec {
  const target = classifierSpec(profile, dataset, seed);
  const { hardening: budget, adversary: { images: most } } = profileFor(profile, dataset);
  const { images, from } = budget ?? { images: most, from: "new weights" };
  const training = {
    ...target.training,
    images: Math.round(images * times),
    ...(batch ? { batch: Math.min(batch, target.training.batch) } : {}),
    ...(hardening.adversary ? { augment: augmentUnderAttack(target.training.augment) } : {}),
    ...hardening,
  };
  if (from === "new weights") return { ...target, training };
  return { ...target, training: { ...training, rate: tuningRate }, start: target };
}
