import type { Adversary, ClassifierSpec } from "../training/mod.ts";
import { trainingAdversary } from "./adversarial_training.ts";
import type { Defense } from "./defense.ts";
import { defineDefense } from "./define_defense.ts";
import { hardenedSpec } from "./hardened.ts";
import { type Circumstances, profileFor } from "./profile.ts";

/** A row with the classifier trained on clean images and the same images under PGD. */
export interface MixedPgdRow {
  /** The defense's name. */
  readonly defense: "mixed pgd";
}

/** What attacks a batch whose images are there in both forms, in one pass. */
export function mixedAdversary({ profile, dataset }: Circumstances): Adversary {
  const { attack } = trainingAdversary(profileFor(profile, dataset));
  return { attack, mixing: "together", clean: 0.5 };
}

/**
 * Mixed-minibatch PGD (M-PGD, Kannan et al. 2018): adversarial training in which every image is there twice, clean and
 * attacked, in one pass of the network; both forms weigh the same.
 *
 * How it was broken: it is adversarial training, and holds like that. It trades robustness for accuracy on clean images.
 *
 * Departure: ε = 8/255 in steps of the profile's adversary, where Kannan et al. have 12/255, 3/255 and 10 steps on SVHN.
 * For its length see {@linkcode hardenedSpec}.
 */
export const mixedPgd: Defense<MixedPgdRow> = defineDefense<
  MixedPgdRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "mixed pgd",
  title: "Mixed-minibatch PGD",
  source: "Kannan et al. 2018",
  traits: [],
  acts: ["in training"],
  needs: (_, circumstances) => ({
    classifier: hardenedSpec(circumstances, { adversary: mixedAdversary(circumstances) }),
  }),
  stand: ({ classifier }) => ({ victim: classifier }),
});
