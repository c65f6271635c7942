import { linf } from "../attacks/mod.ts";
import { size } from "../kinds/mod.ts";
import type { ClassifierSpec } from "../training/mod.ts";
import type { Defense } from "./defense.ts";
import { defineDefense } from "./define_defense.ts";
import { hardenedSpec } from "./hardened.ts";
import { mixedAdversary } from "./mixed_pgd.ts";

/** A row with M-PGD whose logits are paired. */
export interface LogitPairingRow {
  /** The defense's name. */
  readonly defense: "logit pairing";
  /** What the mean squared difference of the logits weighs; default 0.5. */
  readonly weight?: number;
}

/**
 * Adversarial Logit Pairing (ALP, Kannan et al. 2018): M-PGD whose loss also holds half the mean squared difference between
 * the logits of an image's two forms.
 *
 * How it was broken: Kannan et al. report 27.9 % under a targeted PGD of 10 steps at ε = 16/255 on ImageNet; Engstrom et al.
 * (2018) ran the same attack for longer and left 0.1 %. The pairing makes the loss around the images bumpy, so that few steps
 * stop early; gradients are exact, and more steps and random starts (`strongest`, AutoAttack) are all it takes.
 *
 * Departure: as in {@linkcode mixedPgd}.
 */
export const logitPairing: Defense<LogitPairingRow> = defineDefense<
  LogitPairingRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "logit pairing",
  title: "Adversarial logit pairing",
  source: "Kannan et al. 2018",
  traits: [],
  acts: ["in training"],
  breaks: [{
    by: "Engstrom et al. 2018",
    attack: "PGD",
    on: "imagenet",
    ball: linf(16 / 255),
    left: 0.001,
    source: "README of labsix/adversarial-logit-pairing-analysis",
    differs: "a ResNet-50, images of 64 × 64",
  }],
  settings: { weight: size({ above: 0, default: 0.5 }) },
  needs: ({ weight = 0.5 }, circumstances) => ({
    classifier: hardenedSpec(circumstances, {
      adversary: { ...mixedAdversary(circumstances), pairing: { weight } },
    }),
  }),
  stand: ({ classifier }) => ({ victim: classifier }),
});
