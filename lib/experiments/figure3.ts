import { linf } from "../attacks/mod.ts";
import type { Figure, SteppedSpec } from "./figure.ts";

/** BPDA as in Table 2. */
const pgd: SteppedSpec = { attack: "pgd", ball: linf(0.031), stepSize: 1 / 255, steps: 100 };
const ours = { defense: "gcln", features: "classifier" } as const;
const at = [2, 5, 8, 10, 12, 20, 40].map((qs) => qs / 255);

/**
 * Figure 3: BPDA against the quantization parameter, and against the number of iterations.
 *
 * Left, each point is a network of its own, trained behind that quantizer; what it costs on clean images is a curve beside
 * it, and what an attack leaves that finds its own way is another: the coarser the quantizer, the worse is a gradient
 * that passes straight through it. Right, one run of the attack, looked at after every ten steps.
 *
 * Departure: the figure prints no ε, and neither does its text. Table 2's is taken, and its 100 steps on the left.
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
