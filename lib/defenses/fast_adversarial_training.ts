import { linf } from "../attacks/mod.ts";
import type { Adversary, ClassifierSpec } from "../training/mod.ts";
import type { Defense } from "./defense.ts";
import { defineDefense } from "./define_defense.ts";
import { hardenedSpec } from "./hardened.ts";

/** A row with the classifier trained on one step of attack from a random start. */
export interface FastAdversarialTrainingRow {
  /** The defense's name. */
  readonly defense: "fast adversarial training";
}

/** FGSM from a random start: one step of 1.25 ε, brought back into the ball of ε = 8/255. */
const adversary: Adversary = {
  attack: { attack: "pgd", ball: linf(8 / 255), stepSize: 10 / 255, steps: 1, start: "random" },
};

/**
 * Fast adversarial training (Wong et al. 2020): adversarial training on a single step from a random start, at a third of the
 * cost of PGD's seven. An honest yardstick: the gradients are exact.
 *
 * How it was broken: AutoAttack (Croce & Hein 2020) left 43.2 % of the authors' 46.1 % under PGD-50 with 10 restarts. A
 * training that goes on too long may learn to mislead the single step ("catastrophic overfitting"): then FGS leaves much and
 * PGD next to nothing, which `flags` and the checklist report.
 *
 * Departure: the learning rate follows the kit's cosine and not a triangle, and no epoch's PGD accuracy stops the training
 * early. It sees three times the images of {@linkcode hardenedSpec}, whose remarks on its start hold.
 */
export const fastAdversarialTraining: Defense<FastAdversarialTrainingRow> = defineDefense<
  FastAdversarialTrainingRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "fast adversarial training",
  title: "Fast adversarial training",
  source: "Wong et al. 2020",
  traits: [],
  acts: ["in training"],
  breaks: [{
    by: "Croce et al. 2021",
    attack: "AutoAttack",
    on: "cifar10",
    ball: linf(8 / 255),
    left: 0.4321,
    source: 'RobustBench, "Wong2020Fast"',
    differs: "a PreActResNet-18 of full width",
  }],
  needs: (_, circumstances) => ({ classifier: hardenedSpec(circumstances, { adversary }, { times: 3 }) }),
  stand: ({ classifier }) => ({ victim: classifier }),
});
