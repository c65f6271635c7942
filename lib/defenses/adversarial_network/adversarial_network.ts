import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { type AdversarialNetworkSpec, adversarialNetworkSpec } from "./spec.ts";

/** A row with a classifier that is trained against a generator of noise. */
export interface AdversarialNetworkRow {
  /** The defense's name. */
  readonly defense: "adversarial network";
}

/**
 * An adversarial network (Wang & Yu 2019): a generator of noise within ε = 8/255 learns to mislead the classifier while the
 * classifier learns to read its images as well as clean ones; see {@linkcode fitAdversarialNetwork}.
 *
 * How it was broken: the authors themselves report 49.6 % under PGD of 10 steps on CIFAR-10, against 73.8 % under FGS. One pass
 * of a network is a weaker attacker than several steps of gradients, and what misleads the generator does not mislead PGD: the
 * gradients are exact, so `strongest` and AutoAttack need no trick.
 *
 * Departure: the ball is ε = 8/255, for 8/256; the generator is as wide as the target and two steps for the authors' five come
 * before each of the classifier's, on half of the images of {@linkcode hardenedSpec}, whose remarks on the start hold (profiles
 * `quick` and `course`).
 */
export const adversarialNetwork: Defense<AdversarialNetworkRow> = defineDefense<
  AdversarialNetworkRow,
  { readonly classifier: AdversarialNetworkSpec }
>({
  name: "adversarial network",
  title: "Adversarial network",
  source: "Wang & Yu 2019",
  traits: [],
  acts: ["in training"],
  needs: (_, circumstances) => ({ classifier: adversarialNetworkSpec(circumstances) }),
  stand: ({ classifier }) => ({ victim: classifier }),
});
