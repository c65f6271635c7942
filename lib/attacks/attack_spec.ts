import type { Batch, Classifier, Images } from "../tensor/mod.ts";
import type { Ball } from "./ball.ts";
import type { AttackLossName } from "./attack_loss.ts";
import { apgd } from "./apgd.ts";
import { bim } from "./bim.ts";
import { carliniWagner } from "./carlini_wagner.ts";
import { fgs } from "./fgs.ts";
import { momentum } from "./momentum.ts";
import { pgd } from "./pgd.ts";

/** An attack with its settings, as data: what tables, caches and captions hold. */
export type AttackSpec =
  | { readonly attack: "fgs"; readonly ball: Ball; readonly loss?: AttackLossName }
  | {
    readonly attack: "bim";
    readonly ball: Ball;
    readonly stepSize: number;
    readonly steps: number;
    readonly loss?: AttackLossName;
  }
  | {
    readonly attack: "pgd";
    readonly ball: Ball;
    readonly stepSize: number;
    readonly steps: number;
    readonly start?: "random" | "original";
    readonly restarts?: number;
    readonly loss?: AttackLossName;
  }
  | {
    readonly attack: "apgd";
    readonly ball: Ball;
    readonly steps: number;
    readonly restarts?: number;
    readonly loss?: AttackLossName;
  }
  | {
    readonly attack: "momentum";
    readonly ball: Ball;
    readonly stepSize: number;
    readonly steps: number;
    readonly decay?: number;
    readonly loss?: AttackLossName;
  }
  | {
    readonly attack: "carliniWagner";
    readonly norm: "linf" | "l2";
    /** What is further away is brought into it. */
    readonly ball: Ball;
    readonly steps?: number;
    readonly stepSize?: number;
    readonly confidence?: number;
  };

/** An attack with its settings fixed: what is left is the surrogate, the batch and the seed. */
export type SettledAttack = (
  surrogate: Classifier,
  batch: Batch,
  options: { readonly seed: number },
) => Images | Promise<Images>;

/** The attack that a spec describes. */
export function attackBy(spec: AttackSpec): SettledAttack {
  switch (spec.attack) {
    case "fgs":
      return (surrogate, batch) => fgs(surrogate, batch, spec);
    case "bim":
      return (surrogate, batch) => bim(surrogate, batch, spec);
    case "pgd":
      return (surrogate, batch, { seed }) => pgd(surrogate, batch, { ...spec, seed });
    case "apgd":
      return (surrogate, batch, { seed }) => apgd(surrogate, batch, { ...spec, seed });
    case "momentum":
      return (surrogate, batch) => momentum(surrogate, batch, spec);
    case "carliniWagner":
      return (surrogate, batch) => carliniWagner(surrogate, batch, spec);
    default:
      throw new RangeError(`No attack is called ${(spec satisfies never as AttackSpec).attack}`);
  }
}
