import { callable, count, object, type Settings, word } from "../kinds/mod.ts";
import { type Batch, type Classifier, fold, tf } from "../tensor/mod.ts";
import type { AutoAttackOptions, AutoAttackVersion } from "./auto_attack/options.ts";
import { randomStages, steadyStages } from "./auto_attack/stages.ts";
import { logitsOf } from "../judge/mod.ts";
import { type Attack, defineAttack, type SpecOf } from "./attack.ts";
import { ball, seed, signal, tensor } from "./steps/attack_options.ts";
import { checkBatch } from "./steps/check_batch.ts";
import { eot, type Randomised } from "./eot.ts";
import { type GradientShares, survivorsWithoutGradient } from "./steps/gradient_faults.ts";
import { inSequence, type SequenceResult } from "./sequence.ts";

export type { AutoAttackOptions, AutoAttackVersion };

/** {@linkcode autoAttack} as data. */
export type AutoAttackSpec = SpecOf<
  "autoAttack",
  AutoAttackOptions & { readonly version?: "standard" | "plus" }
>;

const settings: Settings = {
  ball,
  version: word(["standard", "plus", "rand"], { default: "standard" }),
  targets: tensor,
  surrogate: callable(),
  steps: count({ default: 100 }),
  targetCount: count({ least: 1, default: 9 }),
  queries: count({ least: 1, default: 5000 }),
  restarts: count({ least: 1 }),
  draws: count({ least: 1, default: 20 }),
  seed,
  shown: word(["survivors", "everyone"], { default: "survivors" }),
  progress: object("a progress"),
  signal,
};

/** What {@linkcode autoAttack} has found. */
export interface AutoAttackResult extends SequenceResult {
  /**
   * The shares of images that stand while the attacker's gradient of the cross-entropy and of the margin is of no use for
   * them: zero, or with NaN or infinity in it. Absent where each that stands has one. `claim` refuses the number then.
   */
  readonly gradients?: GradientShares;
}

/** The two forms of {@linkcode autoAttack}. */
export interface AutoAttackFunction {
  /** On a victim that always says the same. */
  (
    victim: Classifier,
    batch: Batch,
    options: AutoAttackOptions & { readonly version?: "standard" | "plus" },
  ): Promise<AutoAttackResult>;
  /** On a defense that draws random numbers: images `[n, h, w, c]` and a seed to logits `[n, classes]`. */
  (
    victim: Randomised,
    batch: Batch,
    options: AutoAttackOptions & { readonly version: "rand" },
  ): Promise<AutoAttackResult>;
}

async function attack(
  victim: Randomised,
  batch: Batch,
  options: AutoAttackOptions,
): Promise<AutoAttackResult> {
  const { version = "standard", seed = 0, draws = 20 } = options;
  const { ball, targets, shown = "survivors", progress, signal } = options,
    order = { ball, targets, shown, progress, signal };
  if (version === "rand") {
    await checkBatch(batch);
    const judge = eot(victim, { draws, seed: fold(seed, "judge") });
    const found = await inSequence(judge, batch, randomStages(victim, options), order);
    const look = eot(victim, { draws, seed: fold(seed, "look") });
    return { ...found, ...await survivorsWithoutGradient(look, batch, found.success) };
  }
  const classifier = victim as Classifier, classes = classesOf(classifier, batch);
  await checkBatch(batch, { classes });
  const found = await inSequence(classifier, batch, steadyStages(classifier, options), order);
  const { surrogate = classifier } = options;
  return { ...found, ...await survivorsWithoutGradient(surrogate, batch, found.success) };
}

/**
 * AutoAttack (Croce & Hein 2020): attacks without a parameter to tune, one after the other on what still stands.
 *
 * - `"standard"`: APGD on the cross-entropy, APGD-T on the targeted DLR, FAB-T, Square with 5 000 queries;
 * - `"plus"`: APGD on the cross-entropy and on the DLR and FAB, each from 5 starts, then Square, APGD-T, FAB-T;
 * - `"rand"`, for a defense that draws random numbers: APGD on the cross-entropy and on the DLR, gradients averaged over
 *   20 draws (`eot`), which are new in each step.
 *
 * What to make of the number that is left, the `flags` of `@gcln/kit/evaluation` tell: a zero gradient, a random or
 * probability output, Square stronger than the rest. It is an upper bound: for a defense that hides its gradient give a
 * `surrogate` that does not, or use `strongest`.
 *
 * Departure: with fewer than four classes (for APGD on the DLR: three) the margin takes the DLR's place. Images that
 * have fallen leave a batch within an attack too. With targets each attack aims at them: APGD on the cross-entropy, on
 * the targeted DLR, FAB, and Square. In version rand the mean of new draws judges, where the authors' code lets a single
 * one, which counts an image as fallen that was only unlucky once. The attacks themselves depart where they say so.
 *
 * @param victim What is to be fooled, images `[n, h, w, c]` to logits `[n, classes]`; for version rand images and a seed.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball and the version.
 * @returns The images, which of them fool the victim, what took each, and what each attack cost.
 * @throws {RangeError} Where pixels or labels are out of range, the victim does not return logits, or numbers do not fit.
 * @throws {DOMException} `AbortError`, when the signal fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { autoAttack, linf } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // The class is that of the brightest of four pixels: 0.1 will do for the first image, not for the second.
 * const classifier = (x: tf.Tensor4D) => x.reshape([-1, 4]) as tf.Tensor2D;
 * const images = tf.tensor4d([0.7, 0.5, 0.3, 0.1, 0.9, 0.3, 0.2, 0.1], [2, 2, 2, 1]);
 * const batch = { images, labels: tf.tensor1d([0, 0], "int32") };
 * const { success, takenBy } = await autoAttack(classifier, batch, { ball: linf(0.15), steps: 10, queries: 10 });
 * assertEquals([success, takenBy[1]], [[true, false], null]);
 * ```
 */
export const autoAttack: Attack<AutoAttackFunction, AutoAttackSpec> = defineAttack<
  typeof attack,
  AutoAttackSpec
>(attack, {
  name: "autoAttack",
  title: "AutoAttack",
  source: "Croce & Hein 2020",
  asks: "gradients",
  severalAttacks: true,
  needsVictim: true,
  norms: ["linf", "l2"],
  settings,
  run: (surrogate, batch, settings, { victim = surrogate }) =>
    attack(victim, batch, { ...settings, surrogate }),
});

/** How many classes a victim tells apart. */
function classesOf(victim: Classifier, { images }: Batch): number {
  return tf.tidy(() => logitsOf(victim, images).shape[1]);
}
