import type { Cell, Result } from "@gcln/kit/evaluation";

function cell(accuracy: number | null, reported: number | null, more: Partial<Cell> = {}): Cell {
  const measured: Partial<Cell> = accuracy === null ? {} : {
    n: 500,
    interval: [Math.max(0, accuracy - 0.03), Math.min(1, accuracy + 0.03)],
    seeds: [1],
    seconds: 12.34,
  };
  return { accuracy, reported, quoted: false, ...measured, ...more };
}

/** A table with every kind of cell and of finding; the numbers are made up. */
export const sample: Result = {
  experiment: "table1",
  profile: "quick",
  dataset: "street-digits",
  caption: "Accuracy under white-box attacks, ε = 8 / 255 <L∞>",
  columns: ["Clean", "FGS", "PGD", "C&W"],
  rows: {
    "No Defense": {
      "Clean": cell(0.93, 0.9438),
      "FGS": cell(0.214, 0.2001),
      "PGD": cell(0, 0, {
        attack: { attack: "pgd", ball: { norm: "linf", epsilon: 8 / 255 }, stepSize: 1 / 255, steps: 10 },
        surrogate: "white-box",
        gradientCalls: 5000,
      }),
      "C&W": cell(0.004, null),
    },
    "Adversarial PGD": {
      "Clean": cell(null, 0.8414, { quoted: true }),
      "FGS": cell(null, 0.55, { quoted: true }),
      "PGD": cell(null, 0.6015, { quoted: true }),
      "C&W": cell(null, null),
    },
    "GCLN, q = 10": {
      "Clean": cell(0.9, 0.9011),
      "FGS": cell(0.71, 0.7522),
      "PGD": cell(0.842, 0.8605, { surrogate: "white-box", zeroGradient: 1 }),
      "C&W": cell(0.86, 0.8642, { zeroGradient: 1 }),
    },
  },
  findings: [
    {
      severity: "warning",
      message: "One step is stronger than ten: FGS 75.2 %, PGD 86.0 %",
      remedy: "Try PGD with straight-through rounding",
      about: { row: "GCLN, q = 10", column: "FGS", source: "reported" },
    },
    {
      severity: "serious",
      message: "The input gradient is exactly zero on 100 % of the images, so the attack did not move",
      remedy: "Differentiate a surrogate with straight-through rounding",
      about: { row: "GCLN, q = 10", column: "PGD", source: "measured" },
    },
    {
      severity: "serious",
      message: "The input gradient is exactly zero on 100 % of the images, so the attack did not move",
      remedy: "Differentiate a surrogate with straight-through rounding",
      about: { row: "GCLN, q = 10", column: "C&W", source: "measured" },
    },
    {
      severity: "note",
      message: "C&W is listed under ε = 8 / 256 though it minimises distance",
      remedy: "Say which norm, and how it is capped",
      about: { column: "C&W", source: "reported" },
    },
  ],
  provenance: {
    backend: "tensorflow 2.21.0 (CPU)",
    versions: { deno: "2.9.6", tfjs: "4.22.0" },
    data: "2b847d217b02",
    code: "0123abc",
    date: "2025-11-23T10:00:00Z",
  },
};

/** A table with more columns than fit, of one row; the numbers are made up. */
export const wide: Result = {
  ...sample,
  columns: ["FGS", "PGD", "Clean", "BPDA PGD", "BPDA PGD-50", "BPDA identity", "Strongest", "Worst case"],
  rows: {
    "GCLN": {
      "FGS": cell(0.71, null),
      "PGD": cell(0.84, null),
      "Clean": cell(0.9, null),
      "BPDA PGD": cell(0.4, null),
      "BPDA PGD-50": cell(0.15, null),
      "BPDA identity": cell(0.6, null),
      "Strongest": cell(0.14, null),
      "Worst case": cell(0.12, null, { surrogate: "worst case" }),
    },
  },
  findings: [{
    severity: "serious",
    message: "GCLN: the strongest of its kind",
    remedy: "Read it",
    about: { row: "GCLN", column: "BPDA PGD-50", source: "measured" },
  }],
};
