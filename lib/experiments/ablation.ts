import { type AttackSpec, linf } from "../attacks/mod.ts";
import type { Table } from "./table.ts";

const ball = linf(8 / 255);

/** Projected gradient descent with the settings of Table 1. */
const pgd: AttackSpec = { attack: "pgd", ball, stepSize: 1 / 255, steps: 10 };
const longer: AttackSpec = { ...pgd, steps: 50 };

const full = { defense: "gcln", q: 10 / 255, features: "classifier" } as const;

/**
 * What each part of the GCLN is worth: the method as the paper has it, then with one part taken out or changed. The paper has
 * no such table.
 *
 * What counts is "Worst case" (and "Clean"): how many images stand all attacks of a row. "PGD" is the exact gradient, which
 * is zero behind a quantizer, so a part can look strong there and add nothing. "Oblivious PGD" tells how well a row cleans
 * the images that it was trained for.
 *
 * "Quantizer alone" has a generator that was not trained, which is the identity. "Pixel loss" takes the pixels for the features
 * of Eq. (4). "Adaptive" is trained on PGD through the cleaner as it is at that step.
 *
 * Beyond the paper: "Cleaner trained on labels" is adversarial training of the cleaner alone, in front of the same fixed
 * classifier, without quantizer and detector: the attack of "Adversarial training" on half its images, which costs about the
 * same. It tells what a cleaner could be worth at most, and "Adversarial training" what the classifier itself could.
 */
export const ablation: Table = {
  name: "ablation",
  title: "What each part of the GCLN is worth, ε = 8/255",
  dataset: "cifar10",
  rows: {
    "No defense": { defense: "none" },
    "GCLN": full,
    "Without quantizer": { ...full, q: "none" },
    "Learned quantizer": { ...full, step: "learned" },
    "Without detector": { ...full, detector: "without" },
    "Pixel loss": { ...full, features: "pixels" },
    "Quantizer alone": { ...full, generator: "untrained" },
    "Adaptive": { ...full, adaptive: true },
    "Adaptive, without quantizer": { ...full, q: "none", adaptive: true },
    "Cleaner trained on labels": {
      ...full,
      q: "none",
      detector: "without",
      features: "labels",
      adaptive: true,
    },
    "Adversarial training": { defense: "adversarial training" },
  },
  columns: {
    "Clean": { kind: "clean" },
    "PGD": { kind: "attack", surrogate: "white-box", attack: pgd },
    "Oblivious PGD": { kind: "attack", surrogate: "oblivious", attack: pgd },
    "BPDA PGD": { kind: "attack", surrogate: "straight-through", attack: pgd },
    "BPDA PGD-50": { kind: "attack", surrogate: "straight-through", attack: longer },
    "BPDA clip PGD-50": { kind: "attack", surrogate: "clip too", attack: longer },
    "BPDA identity": { kind: "attack", surrogate: "identity", attack: longer },
    "BPDA APGD": {
      kind: "attack",
      surrogate: "straight-through",
      attack: { attack: "apgd", ball, steps: 100 },
    },
    "Strongest": {
      kind: "attack",
      surrogate: "adaptive",
      attack: { attack: "strongest", ball, budget: 300 },
    },
    "Worst case": { kind: "worst case", of: "every attack" },
  },
};
