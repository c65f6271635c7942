import { linf } from "../attacks/mod.ts";
import type { Augmentation } from "../data/mod.ts";
import type { Adversary, ClassifierSpec } from "../training/mod.ts";
import type { Defense } from "./defense.ts";
import { defineDefense } from "./define_defense.ts";
import { classifierSpec } from "./none.ts";
import { type Profile, profileFor } from "./profile.ts";

/** What attacks each batch of adversarial training: PGD within ε = 8/255 from a random start, as in Madry et al. */
export function trainingAdversary({ adversary: { steps, stepSize, after } }: Profile): Adversary {
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
 * Images move by up to 2 pixels and none is covered: attacked images are hard enough to fit.
 *
 * Departure: `quick` takes 5 steps of 3/255; `course` trains on fewer images than the target, on CIFAR-10 with 2 steps of
 * 5/255; both see clean images first, since a short training that begins under attack is long at chance.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { adversarialSpec } from "@gcln/kit/defenses";
 * import { profiles } from "@gcln/kit/experiments";
 *
 * const { adversary } = adversarialSpec(profiles.paper, "cifar10", 1).training;
 * assertEquals(adversary!.attack.ball, { norm: "linf", epsilon: 8 / 255 });
 * ```
 */
export function adversarialSpec(profile: Profile, data: string, seed: number): ClassifierSpec {
  const target = classifierSpec(profile, data, seed), here = profileFor(profile, data);
  const { images } = here.adversary, augment = augmentUnderAttack(target.training.augment);
  const adversary = trainingAdversary(here);
  return { ...target, training: { ...target.training, images, augment, adversary } };
}

/** Random changes of images that are attacked in training: nothing is cut out of them, and they move by 2 pixels. */
export function augmentUnderAttack({ cutout: _, ...augment }: Augmentation): Augmentation {
  return { ...augment, shift: 2 };
}

/** A row with the classifier trained on images that PGD attacks while it learns. */
export interface AdversarialTrainingRow {
  /** The defense's name. */
  readonly defense: "adversarial training";
}

/** Adversarial training: the classifier, trained on images that PGD attacks while it learns. */
export const adversarialTraining: Defense<AdversarialTrainingRow> = defineDefense<
  AdversarialTrainingRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "adversarial training",
  title: "Adversarial training",
  source: "Madry et al. 2018",
  traits: [],
  acts: ["in training"],
  breaks: [
    {
      by: "Athalye et al. 2018",
      attack: "PGD",
      on: "cifar10",
      ball: linf(0.031),
      left: 0.47,
      source: "Table 1",
      differs: "a WRN-32-10",
    },
    {
      by: "Croce & Hein 2020",
      attack: "AutoAttack",
      on: "cifar10",
      ball: linf(8 / 255),
      left: 0.4404,
      source: "README of fra31/auto-attack",
      differs: "a WRN-32-10",
    },
    {
      by: "Croce et al. 2021",
      attack: "AutoAttack",
      on: "cifar10",
      ball: linf(8 / 255),
      left: 0.4925,
      source: 'RobustBench, "Engstrom2019Robustness"',
      differs: "a ResNet-50",
    },
  ],
  keptBy: "networks",
  needs: (_, { profile, dataset, seed }) => ({ classifier: adversarialSpec(profile, dataset, seed) }),
  stand: ({ classifier }) => ({ victim: classifier }),
});
