import { linf } from "../attacks/mod.ts";
import type { Adversary, ClassifierSpec } from "../training/mod.ts";
import type { Defense } from "./defense.ts";
import { defineDefense } from "./define_defense.ts";
import { hardenedSpec } from "./hardened.ts";

/** A row with the classifier trained on clean images and images that BIM attacks, half and half. */
export interface AdversarialBimRow {
  /** The defense's name. */
  readonly defense: "adversarial bim";
}

/**
 * What attacks half of each batch: BIM with steps of 1/255 within an ε that is drawn for the batch, |N(0, (8/255)²)| cut at
 * 16/255, in ⌊min(ε + 4, 1.25 ε)⌋ steps.
 */
const adversary: Adversary = {
  attack: { attack: "bim", ball: linf(16 / 255), stepSize: 1 / 255, steps: 20 },
  epsilon: { deviation: 8 / 255, for: "batch" },
  mixing: "halves",
  clean: 1 / 1.3,
};

/**
 * Adversarial training on BIM after Kurakin et al. (2017), as in PixelDefend's code (Song et al. 2018), from which the paper
 * quotes the row: half of each batch is clean and half attacked, in one pass of the network, and their mean losses weigh
 * 1/1.3 and 0.3/1.3.
 *
 * How it was broken: the loss on attacked images weighs little, a small ε is the rule, and clean images keep the network's
 * attention. Song et al. report 32 % under BIM at ε = 8/255 (52 % under FGS). PGD needs no more than a random start and the
 * exact gradient.
 *
 * Departure: PixelDefend's attack adds its steps up without a ball, so that it may end a quarter beyond ε; here it is brought
 * back into the ball, as BIM is. For its length see {@linkcode hardenedSpec}.
 */
export const adversarialBim: Defense<AdversarialBimRow> = defineDefense<
  AdversarialBimRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "adversarial bim",
  title: "Adversarial BIM",
  source: "Kurakin et al. 2017, as in Song et al. 2018",
  traits: [],
  acts: ["in training"],
  breaks: [
    {
      by: "Song et al. 2018",
      attack: "BIM",
      on: "cifar10",
      ball: linf(8 / 255),
      left: 0.32,
      source: "Table 2",
    },
  ],
  needs: (_, circumstances) => ({ classifier: hardenedSpec(circumstances, { adversary }) }),
  stand: ({ classifier }) => ({ victim: classifier }),
});
