/** What an engine computes, to be compared with what the native one does: its speed is worth nothing before. */
import { linf, pgd } from "../../lib/attacks/mod.ts";
import { streetDigits } from "../../lib/data/mod.ts";
import { adversarialSpec } from "../../lib/defenses/mod.ts";
import { profiles } from "../../lib/experiments/mod.ts";
import { judge } from "../../lib/judge/mod.ts";
import { frozen, tf } from "../../lib/tensor/mod.ts";
import { constant, fitClassifier, sgd, trained } from "../../lib/training/mod.ts";
import { release, settings, subject } from "./subject.ts";

/** The same steps on every engine: what they give. */
export interface EngineFacts {
  /** The loss at each of ten steps of training, ResNet-18 of width 16, 64 images; each begins without momentum. */
  readonly losses: readonly number[];
  /** Which of the first 200 drawn digits stand after PGD-10 at 8/255 on the adversarially trained network: `1` or `0` each. */
  readonly stands: string;
}

/** How far an engine is from what is kept. */
export interface EngineDifference {
  /** The largest difference of two losses, as a share of the loss. */
  readonly losses: number;
  /** The number of images that stand on one and not on the other. */
  readonly verdicts: number;
}

/** The largest differences that rounding explains. */
export const ALLOWED: EngineDifference = { losses: 1e-2, verdicts: 4 };

const FACTS = new URL("../../fixtures/golden/engine_facts.json", import.meta.url);

const BATCH = 64, STEPS = 10, IMAGES = 200;

/** Small steps: after large ones rounding alone takes two engines apart, by 6 % of the loss in ten steps of 0.05. */
const RATE = 0.01;

async function losses(): Promise<number[]> {
  const about = await subject(16, BATCH), { momentum, weightDecay } = settings;
  const options = {
    images: BATCH,
    batch: BATCH,
    optimiser: sgd({ momentum, weightDecay }),
    schedule: constant(RATE),
    seed: 1,
  };
  const found: number[] = [];
  let weights = about.weights;
  // Each step for itself, since a history is shorter than its steps.
  for (let step = 0; step < STEPS; step++) {
    const { parameters, history } = await fitClassifier(about.classifier, about.data, {
      ...options,
      start: weights,
    });
    if (weights !== about.weights) tf.dispose(Object.values(weights));
    weights = parameters;
    found.push(history[0]!.loss!);
  }
  tf.dispose(Object.values(weights));
  release(about);
  return found;
}

async function stands(): Promise<string> {
  const through = await trained(adversarialSpec(profiles.quick, "street-digits", 1));
  const batch = (await streetDigits("test", { size: IMAGES })).all(), classifier = frozen(through);
  const { epsilon, steps } = settings, ball = linf(epsilon);
  // Without a random start: an engine is compared, not its random numbers.
  const images = pgd(classifier, batch, { ball, stepSize: 1 / 255, steps, start: "original" });
  const judged = await judge(classifier, { images, labels: batch.labels });
  classifier.dispose();
  through.dispose();
  tf.dispose([images, batch.images, batch.labels]);
  return judged.stands.map((one) => one ? "1" : "0").join("");
}

/** What the engine that runs gives. */
export async function engineFacts(): Promise<EngineFacts> {
  return { losses: await losses(), stands: await stands() };
}

/** What the native engine gave on a CPU, as it is kept in fixtures/golden. */
export async function keptFacts(): Promise<EngineFacts> {
  return JSON.parse(await Deno.readTextFile(FACTS));
}

/** Keeps what the engine that runs gives. */
export async function keepFacts(facts: EngineFacts): Promise<void> {
  await Deno.writeTextFile(FACTS, `${JSON.stringify(facts, null, 2)}\n`);
}

/** How far one is from the other; a loss that is no number, or not there, is infinitely far. */
export function differenceOf(one: EngineFacts, other: EngineFacts): EngineDifference {
  const far = other.losses.map((loss, i) => Math.abs(one.losses[i]! - loss) / Math.abs(loss));
  return {
    losses: far.reduce((most, each) => Number.isFinite(each) ? Math.max(most, each) : Infinity, 0),
    verdicts: [...other.stands].filter((stand, i) => stand !== one.stands[i]).length,
  };
}
