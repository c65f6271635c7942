import { type AttackSpec, linf } from "../attacks/mod.ts";
import type { Table } from "./table.ts";

const pgd: AttackSpec = { attack: "pgd", ball: linf(16 / 255), stepSize: 2 / 255, steps: 10 };

/**
 * Figure 2: what the classifier sees in original, attacked and cleaned images, PGD with ε = 16/255. The rows are defenses,
 * the columns attacks; `visualise` shows one row.
 *
 * The paper doesn't say what its attacker knows. It says that the images in its third row are largely restored. That fits an
 * attacker who does not know the cleaner: the first column. In the second column, ours, the attacker knows it.
 *
 * Departure: the paper gives no step size and no number of steps. Here there are ten steps as in its tables, of 2/255, so that
 * they can reach the border of the ball.
 */
export const figure2: Table = {
  name: "figure2",
  title: "What the classifier sees: feature maps and Grad-CAM under PGD, ε = 16/255",
  dataset: "cifar10",
  rows: {
    "Our method (Qs = 10)": { defense: "gcln", q: 10 / 255, features: "classifier" },
    "Our method (Qs = 10; VGG features)": { defense: "gcln", q: 10 / 255, features: "vgg" },
    "Our method (Qs = 10; adaptive)": {
      defense: "gcln",
      q: 10 / 255,
      features: "classifier",
      adaptive: true,
    },
  },
  columns: {
    "Oblivious PGD": { kind: "attack", surrogate: "oblivious", attack: pgd },
    "BPDA PGD": { kind: "attack", surrogate: "straight-through", attack: pgd },
  },
};
