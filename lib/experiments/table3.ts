import { type AttackSpec, linf } from "../attacks/mod.ts";
import type { Table } from "./table.ts";

const ball = linf(8 / 256);
const fgs: AttackSpec = { attack: "fgs", ball };
const pgd: AttackSpec = { attack: "pgd", ball, stepSize: 1 / 255, steps: 10 };

/**
 * Table 3: black-box attacks on CIFAR-10 at ε = 8/256, which is both in the caption and in the text.
 *
 * The attacker has a ResNet-34 that was trained like the target classifier, and knows neither the classifier nor the defense.
 * The columns after "PGD" are ours: the same attack by attackers who know more, so the accuracy should be lower. If it is
 * higher, the gradient is masked. `strongest` is an attack that chooses its gradient itself.
 *
 * Departure: the step size and the number of steps are not printed for this table; those of Table 1 are used.
 */
export const table3: Table = {
  name: "table3",
  title: "Black-box attacks, ε = 8/256",
  dataset: "cifar10",
  rows: {
    "No Defense": { defense: "none" },
    "Adversarial-PGD": { defense: "adversarial training" },
    "Adversarial network": { defense: "adversarial network" },
    "Our method (Qs = 5)": { defense: "gcln", q: 5 / 255, features: "classifier" },
    "Our method (Qs = 10)": { defense: "gcln", q: 10 / 255, features: "classifier" },
    "Our method (Qs = 10; adaptive)": {
      defense: "gcln",
      q: 10 / 255,
      features: "classifier",
      adaptive: true,
    },
  },
  columns: {
    "No Attack": { kind: "clean" },
    "FGS": { kind: "attack", surrogate: "black-box", attack: fgs },
    "PGD": { kind: "attack", surrogate: "black-box", attack: pgd },
    "Oblivious PGD": { kind: "attack", surrogate: "oblivious", attack: pgd },
    "White-box PGD": { kind: "attack", surrogate: "white-box", attack: pgd },
    "BPDA PGD": { kind: "attack", surrogate: "straight-through", attack: pgd },
    "Strongest": {
      kind: "attack",
      surrogate: "adaptive",
      attack: { attack: "strongest", ball, budget: 300 },
    },
    "Worst case": { kind: "worst case", of: "every attack" },
  },
};
