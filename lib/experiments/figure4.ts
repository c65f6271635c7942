import { linf } from "../attacks/mod.ts";
import type { MeasuredRow } from "../defenses/mod.ts";
import type { Figure, FigureCurve, SteppedSpec } from "./figure.ts";
import type { ThreatModel } from "./table.ts";

/** PGD as in Table 1. */
const pgd: SteppedSpec = { attack: "pgd", ball: linf(8 / 255), stepSize: 1 / 255, steps: 10 };

/** PGD that can reach all of a ball of any size: steps of ε / 10, and 40 of them, from which on the paper sees no change. */
const far: SteppedSpec = { ...pgd, stepSize: pgd.ball.epsilon / 10, steps: 40, stop: "on success" };

/** Defense and threat model of each curve: the paper's three, then ours with a gradient that is not zero. */
const curves: Readonly<Record<string, readonly [MeasuredRow, ThreatModel]>> = {
  "Our method": [{ defense: "gcln", q: 10 / 255, features: "classifier" }, "white-box"],
  "Vanilla adversarial training": [{ defense: "adversarial training" }, "white-box"],
  "PNI": [{ defense: "parametric noise", scored: "single passes" }, "white-box"],
  "Our method (BPDA)": [{ defense: "gcln", q: 10 / 255, features: "classifier" }, "straight-through"],
  "Our method (adaptive; BPDA)": [
    { defense: "gcln", q: 10 / 255, features: "classifier", adaptive: true },
    "straight-through",
  ],
};

function each(
  curve: (defense: MeasuredRow, surrogate: ThreatModel) => FigureCurve,
): Readonly<Record<string, FigureCurve>> {
  return Object.fromEntries(
    Object.entries(curves).map(([name, [row, threat]]) => [name, curve(row, threat)]),
  );
}

/**
 * Figure 4: PGD by the number of iterations, and by the radius of the ball.
 *
 * "Our method" is attacked as in Table 1, with the exact gradient of rounding, which is zero. The curves after "PNI" are
 * ours, with straight-through rounding. From ε = 0.5 on an attacker can make every image the same grey. An accuracy above
 * chance then means that the attack fails, not that the defense is robust.
 *
 * "PNI" is scored by single passes, as its authors do, and attacked through passes whose noise is fresh in each step.
 *
 * Departure: the paper prints neither Qs nor the settings of PGD. Those of Table 1 are used, and on the right 40 steps of
 * ε / 10, since ten steps of ε / 8 are too few for a large ball; an image is finished when the attack succeeds on it.
 */
export const figure4: Figure = {
  name: "figure4",
  title: "PGD with more iterations and in larger balls, Qs = 10",
  dataset: "cifar10",
  panels: {
    left: {
      title: "Iterations, ε = 8/255",
      x: "iterations",
      curves: each((defense, surrogate) => ({
        over: "steps",
        at: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
        defense,
        attack: pgd,
        surrogate,
      })),
    },
    right: {
      title: "Radius, 40 iterations",
      x: "ε (pixels from 0 to 1)",
      scale: "log",
      chance: 0.1,
      curves: each((defense, surrogate) => ({
        over: "epsilon",
        at: [0.01, 8 / 256, 0.05, 0.1, 0.2, 0.3, 0.5, 1],
        defense,
        attack: far,
        surrogate,
      })),
    },
  },
};
