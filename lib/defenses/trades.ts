import { linf } from "../attacks/mod.ts";
import { size } from "../kinds/mod.ts";
import type { ClassifierSpec } from "../training/mod.ts";
import { trainingAdversary } from "./adversarial_training.ts";
import type { Defense } from "./defense.ts";
import { defineDefense } from "./define_defense.ts";
import { hardenedSpec } from "./hardened.ts";
import { profileFor } from "./profile.ts";

/** A row with the classifier trained by TRADES. */
export interface TradesRow {
  /** The defense's name. */
  readonly defense: "trades";
  /** β, what the divergence weighs beside the cross-entropy of clean images; default 6. */
  readonly beta?: number;
}

/**
 * TRADES (Zhang et al. 2019, Eq. 5): the cross-entropy of clean images plus β = 6 times the largest divergence
 * KL(p(x) ‖ p(x')) of the answers to an attacked image from those to the clean one; PGD climbs that divergence, not the loss
 * of the label. With adversarial training the honest yardstick: nothing is hidden, and what it promises was found to hold.
 *
 * How it was broken: it was not. AutoAttack (Croce & Hein 2020) left 53.1 % where the authors had reported 56.4 %.
 *
 * Departure: the search begins anywhere in the ball, where the authors begin at the image with normal noise of 0.001. ε is
 * 8/255 for their 0.031, in steps of the profile's adversary. For its length see {@linkcode hardenedSpec}.
 */
export const trades: Defense<TradesRow> = defineDefense<TradesRow, { readonly classifier: ClassifierSpec }>({
  name: "trades",
  title: "TRADES",
  source: "Zhang et al. 2019",
  traits: [],
  acts: ["in training"],
  breaks: [{
    by: "Croce et al. 2021",
    attack: "AutoAttack",
    on: "cifar10",
    ball: linf(0.031),
    left: 0.5308,
    source: 'RobustBench, "Zhang2019Theoretically"',
    differs: "a WRN-34-10",
    where: { beta: 6 },
  }],
  settings: { beta: size({ above: 0, default: 6 }) },
  needs({ beta = 6 }, circumstances) {
    const { attack } = trainingAdversary(profileFor(circumstances.profile, circumstances.dataset));
    return { classifier: hardenedSpec(circumstances, { adversary: { attack, divergence: beta } }) };
  },
  stand: ({ classifier }) => ({ victim: classifier }),
});
