/** Our side of scripts/bench_optimality.ts: every attack, told to spend a fixed number of passes for each image. */
import {
  apgd,
  apgdTargeted,
  type Ball,
  bim,
  carliniWagnerL2,
  carliniWagnerLinf,
  deepFool,
  fab,
  fabTargeted,
  fgs,
  hopSkipJump,
  type MinimalResult,
  momentum,
  noise,
  pgd,
  spsa,
  square,
} from "../../lib/attacks/mod.ts";
import { type Batch, type Classifier, type Images, type Logits, tf } from "../../lib/tensor/mod.ts";

/** What an attack is told. */
export interface Budget {
  readonly norm: "linf" | "l2";
  /** Passes for each image. */
  readonly budget: number;
  /** Over how many radii an attack in a ball is searched. */
  readonly searches: number;
  /** The first of them. */
  readonly radius: number;
}

type Run = (surrogate: Classifier, batch: Batch) => Promise<void>;

/**
 * AttackBench's search over radii, image by image: doubled until a success, then halved between the last failure and the
 * last success.
 */
async function searched(
  surrogate: Classifier,
  batch: Batch,
  { norm, searches, radius }: Budget,
  attack: (
    surrogate: Classifier,
    batch: Batch,
    ball: Ball<number[]>,
    seed: number,
  ) => Images | Promise<Images>,
): Promise<void> {
  const labels = await batch.labels.data(), count = labels.length;
  const low = new Array<number>(count).fill(0), high = new Array<number>(count).fill(Infinity);
  let epsilon = new Array<number>(count).fill(radius);
  for (let search = 0; search < searches; search++) {
    const attacked = await attack(surrogate, batch, { norm, epsilon }, search); // each time from other random numbers
    const predicted = tf.tidy(() => (surrogate(attacked) as Logits).argMax(1));
    (await predicted.data()).forEach((label, i) => {
      if (label === labels[i]) low[i] = epsilon[i]!;
      else high[i] = epsilon[i]!;
    });
    tf.dispose([attacked, predicted]);
    epsilon = epsilon.map((_, i) => high[i]! < Infinity ? (low[i]! + high[i]!) / 2 : 2 * low[i]!);
    if (norm === "linf") epsilon = epsilon.map((e) => Math.min(e, 1));
  }
}

/** The attacks of a norm, by name. The names are those that optimality.py gives to the libraries' attacks of the kind. */
export function attacksOf(about: Budget): Readonly<Record<string, Run>> {
  const { norm, budget, searches, radius } = about;
  const each = Math.floor(budget / searches), steps = Math.floor((each - 1) / 2);
  const inBall = (attack: Parameters<typeof searched>[3]): Run => (surrogate, batch) =>
    searched(surrogate, batch, about, attack);
  const once =
    (attack: (surrogate: Classifier, batch: Batch) => Promise<MinimalResult>): Run =>
    async (surrogate, batch) => {
      const { images, success, distance } = await attack(surrogate, batch);
      tf.dispose([images, success, distance]);
    };
  return {
    "fgs": inBall((surrogate, batch, ball) => fgs(surrogate, batch, { ball })),
    "bim": inBall((surrogate, batch, ball) => bim(surrogate, batch, { ball, steps })),
    "momentum": inBall((surrogate, batch, ball) => momentum(surrogate, batch, { ball, steps })),
    "pgd": inBall((surrogate, batch, ball, seed) => pgd(surrogate, batch, { ball, seed, steps })),
    "apgd": inBall((surrogate, batch, ball, seed) =>
      apgd(surrogate, batch, { ball, seed, steps: steps - 2 })
    ),
    "apgd dlr": inBall((surrogate, batch, ball, seed) =>
      apgd(surrogate, batch, { ball, seed, steps: steps - 2, loss: "dlr" })
    ),
    "apgdTargeted": inBall((surrogate, batch, ball, seed) =>
      apgdTargeted(surrogate, batch, {
        ball,
        seed,
        steps: Math.max(Math.floor(steps / 4) - 3, 1),
        targetCount: 4,
      })
    ),
    "fab": once((surrogate, batch) => fab(surrogate, batch, { norm, steps: Math.floor(budget / 7) })),
    "fabTargeted": once((surrogate, batch) =>
      fabTargeted(surrogate, batch, { norm, steps: Math.floor(budget / 12), targetCount: 4 })
    ),
    "deepFool": once((surrogate, batch) => deepFool(surrogate, batch, { norm })),
    "carliniWagner": once((surrogate, batch) =>
      norm === "l2"
        ? carliniWagnerL2(surrogate, batch, {
          searches: 9,
          steps: Math.floor(budget / 18),
          stepSize: 0.02,
          initialConstant: 0.05,
        })
        : carliniWagnerLinf(surrogate, batch, {
          steps: 40,
          stepSize: 0.05,
          initialConstant: 10,
          largestConstant: 10,
          initialTau: 2 * radius,
        })
    ),
    "square": inBall((surrogate, batch, ball, seed) =>
      square(surrogate, batch, { ball, seed, queries: each - 3 })
    ),
    "spsa": inBall((surrogate, batch, ball, seed) =>
      spsa(surrogate, batch, {
        ball,
        seed,
        steps: 8,
        samples: Math.floor(each / 16),
        stepSize: 0.05,
        probe: 0.02,
      })
    ),
    "noise": inBall((surrogate, batch, ball, seed) =>
      noise(surrogate, batch, { ball, seed, draws: each - 2 })
    ),
    "hopSkipJump": once((surrogate, batch) =>
      hopSkipJump(surrogate, batch, { norm, steps: 64, queries: budget, initialSamples: 20, maxSamples: 100 })
    ),
  };
}
