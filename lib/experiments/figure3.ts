import { linf } from "../attacks/mod.ts";
import type { Figure, SteppedSpec } from "./figure.ts";

/** BPDA as in Table 2. */
const pgd: SteppedSpec = { attack: "pgd", ball: linf(0.031), stepSize: 1 / 255, steps: 100 };
const ours = { defense: "gcln", features: "classifier" } as const;
const at = [2, 5, 8, 10, 12, 20, 40].map((qs) => qs / 255);

/**
 * Figure 3: BPDA against the quantization parameter, and against the number of iterations.
 *
 * In the left panel each point is another network, trained with that quantizer. A second curve is the accuracy on clean
 * images. A third one is the accuracy under `strongest`, which chooses its gradient itself: the coarser the quantizer, the
 * less useful is the straight-through gradient. The right panel is one run of the attack, measured after every ten steps.
 *
 * Departure: neither the figure nor its text gives ε. Table 2's ε is used, and on the left its 100 steps.
 */
export const figure3: Figure = {
  name: "figure3",
  title: "BPDA against quantization and iterations, ε = 0.031",
  dataset: "cifar10",
  panels: {
    left: {
      title: "Quantization",
      x: "Qs (pixels from 0 to 255)",
      curves: {
        "Our method": {
          over: "q",
          at,
          defense: ours,
          column: { kind: "attack", surrogate: "straight-through", attack: pgd },
        },
        "Our method (strongest)": {
          over: "q",
          at: [5, 10, 20, 40].map((qs) => qs / 255),
          defense: ours,
          column: {
            kind: "attack",
            surrogate: "adaptive",
            attack: { attack: "strongest", ball: pgd.ball, budget: 300 },
          },
        },
        "Our method (clean images)": { over: "q", at, defense: ours, column: { kind: "clean" } },
      },
    },
    right: {
      title: "Iterations, Qs = 10",
      x: "iterations",
      curves: {
        "Our method": iterations("straight-through"),
        "Our method (adaptive)": iterations("straight-through", { adaptive: true }),
        "Our method (BPDA identity)": iterations("identity"),
      },
    },
  },
};

function iterations(surrogate: "straight-through" | "identity", training: { readonly adaptive?: true } = {}) {
  return {
    over: "steps",
    at: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
    defense: { ...ours, q: 10 / 255, ...training },
    attack: pgd,
    surrogate,
  } as const;
}
