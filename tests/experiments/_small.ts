import type { MeasuredRow } from "@gcln/kit/defenses";
import { type Figure, type Table, table1 } from "@gcln/kit/experiments";

const none: MeasuredRow = { defense: "none" };
const ours: MeasuredRow = { defense: "gcln", q: 10 / 255, features: "classifier" };
const pgd = { attack: "pgd", ball: { norm: "linf", epsilon: 8 / 255 }, stepSize: 1 / 255, steps: 6 } as const;

/** A figure like Figure 4, with fewer points. */
export const stepsAndRadii: Figure = {
  name: "small",
  title: "A few points",
  dataset: "cifar10",
  panels: {
    left: {
      title: "Steps",
      x: "iterations",
      curves: {
        "None": { over: "steps", at: [1, 3, 6], defense: none, attack: pgd, surrogate: "white-box" },
        "Ours": { over: "steps", at: [1, 3, 6], defense: ours, attack: pgd, surrogate: "white-box" },
      },
    },
    right: {
      title: "Radii",
      x: "ε (pixels from 0 to 1)",
      scale: "log",
      chance: 0.1,
      curves: {
        "None": {
          over: "epsilon",
          at: [0.01, 0.5],
          defense: none,
          attack: { ...pgd, stop: "on success" },
          surrogate: "white-box",
        },
      },
    },
  },
};

/** A table like Table 1, with fewer cells. */
export const fewCells: Table = {
  ...table1,
  name: "small",
  rows: { "None": none, "Ours": ours },
  columns: {
    "Clean": { kind: "clean" },
    "PGD": { kind: "attack", attack: pgd, surrogate: "white-box" },
    "BPDA": { kind: "attack", attack: pgd, surrogate: "straight-through" },
    "Worst case": { kind: "worst case", of: "every attack" },
  },
};
