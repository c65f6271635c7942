import {
  attackOf,
  type AttackSpec,
  checkBatch,
  choosesSurrogates,
  isIterated,
  judgeAttack,
  type Redrawable,
  type Stop,
} from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import { callable, checkSettings, count, object, word } from "../kinds/mod.ts";
import { type Faults, hasFaults, judge, type Judgement, standing, type Victim } from "../judge/mod.ts";
import {
  type Batch,
  type Classifier,
  counted,
  fold,
  type Passes,
  type Progress,
  type tf,
} from "../tensor/mod.ts";
import { attackedImages, type AttackOnBatch, gradientFaultsOf } from "./_attacked_batch.ts";
import { checkDataset, checkFunction, checkSpec } from "./_arguments.ts";
import type { GradientShares } from "./gradient_shares.ts";
import { differentiated } from "./_differentiated.ts";
import { inBatches, together } from "./_in_batches.ts";
import type { KeptAttacks } from "./kept_attacks.ts";

/** What one attack did to one victim, image by image. */
export interface Measurement {
  /** Whether each image is still classified right. */
  readonly correct: readonly boolean[];
  /** Whether the victim refuses each image, clean or attacked; absent where it refuses none by its nature. */
  readonly refused?: readonly boolean[];
  /** The share of images at which the attacker's gradient is exactly zero; absent without an attack. */
  readonly zeroGradient?: number;
  /** The shares of images whose gradient is exactly zero, or holds NaN or infinity; absent where no attack asks for one. */
  readonly gradients?: GradientShares;
  /** What makes the numbers doubtful, as counts of images; absent where nothing does. */
  readonly faults?: Faults;
  /** Set where the attack drew the surrogate's random numbers anew in each step. */
  readonly redrawn?: "each step";
  /** Wall-clock time; that of an attack whose images were kept is counted here as well, as if it had been made again. */
  readonly seconds: number;
  /**
   * Forward and backward passes through classifiers, of one image each, that the attack took: what it costs an attacker.
   * An attack whose images were kept from an earlier measurement counts with what it took then.
   */
  readonly passes?: Passes;
}

/** Fields of {@link measure}. */
export interface MeasureOptions {
  /** What the attack is; without it the images are clean. */
  readonly attack?: AttackSpec;
  /** What the attacker differentiates; default: the victim. */
  readonly surrogate?: Classifier;
  /** Images at a time; default 100. */
  readonly batch?: number;
  /**
   * What else the attack may differentiate, by name, where it chooses among gradients, as `strongest` does. Other attacks do not
   * take them. Default: nothing.
   */
  readonly surrogates?: Readonly<Record<string, Classifier>>;
  /** Fixes the attack's random starts. */
  readonly seed: number;
  /**
   * When an image is done; default: as the attack's spec says. With `"on success"` images that have fallen leave the
   * batch, and the first version of an image that fools the victim counts.
   */
  readonly stop?: Stop;
  /**
   * Attacked images of earlier measurements, and where those of this one are kept for later ones. Only what determines an
   * attack decides whether it is made again, so the result is the same. Default: every attack is made.
   */
  readonly kept?: KeptAttacks;
  /** Is told how many images are done. */
  readonly progress?: Progress;
  /** Stops between two batches, and within attacks that listen. */
  readonly signal?: AbortSignal;
}

const SETTINGS = {
  attack: object('a spec such as { attack: "pgd", ball, stepSize, steps }'),
  surrogate: callable(),
  surrogates: object("classifiers by name"),
  batch: count({ least: 1, default: 100 }),
  seed: count(),
  stop: word(["on success", "at the end"]),
  kept: object("what keptAttacks() makes"),
  progress: object(),
  signal: object("an AbortSignal"),
};

/**
 * Attacks a data set and asks the victim: which images are still right?
 *
 * What the attacker differentiates (`surrogate`) and what is scored (`victim`) are two arguments: every threat model
 * of the paper is a choice of the first. A victim or surrogate that is {@linkcode frozen} is compiled.
 *
 * @param victim What is scored.
 * @param data The images, at least one.
 * @throws {RangeError} Where there are no images, an option is wrong, the victim returns no logits, or no output stands for a
 * label.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { streetDigits } from "@gcln/kit/data";
 * import { measure } from "@gcln/kit/evaluation";
 * import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const data = await streetDigits("test", { size: 20 });
 * // Rounding hides the gradient from an attacker who takes it as it comes.
 * const victim = (images: Images) => tf.round(images).reshape([-1, 3072]).slice([0, 0], [-1, 10]) as Logits;
 * const attack = { attack: "fgs", ball: linf(8 / 255) } as const;
 * const { zeroGradient } = await measure(victim, data, { attack, seed: 1 });
 * assertEquals(zeroGradient, 1);
 * ```
 */
export async function measure(
  victim: Victim,
  data: Dataset,
  options: MeasureOptions,
): Promise<Measurement> {
  checkFunction("victim", victim);
  checkSettings("measure", SETTINGS, options, ["seed"]);
  checkDataset("measure", data);
  if (options.attack !== undefined) checkSpec(options.attack);
  const { attack, batch: size = 100, seed, stop, kept, surrogates, progress, signal } = options;
  const scored = counted(victim), surrogate = differentiated(victim, options.surrogate);
  const images = standing(data.size), made: AttackedBatch[] = [];
  const look = async (batch: Batch): Promise<Judgement> => {
    if (attack === undefined) return await judge(scored, batch);
    await checkBatch(batch, { classes: data.classes.length });
    const attempt: AttackOnBatch = {
      surrogate,
      batch,
      spec: attack,
      options: {
        seed: fold(seed, attack.attack),
        victim: scored,
        ...(surrogates && choosesSurrogates(attack) ? { surrogates } : {}),
        ...(stop ? { stop } : {}),
        ...(signal ? { signal } : {}),
      },
      ...(kept ? { before: { kept, data: data.checksum } } : {}),
    };
    const attacked = await attackedImages(attempt);
    try {
      const { tensor, ...gradients } = await gradientFaultsOf(attempt);
      made.push({
        passes: attacked.passes,
        earlier: attacked.earlier + gradients.earlier,
        ...await countOf(tensor),
      });
      return await judgeAttack(scored, batch, { images: attacked.tensor, ball: attack.ball });
    } finally {
      attacked.tensor.dispose();
    }
  };
  let refused: Judgement["refused"];
  const { seconds, faults } = await images.show(
    attack?.attack ?? "clean",
    images.everyone,
    async () => {
      const judgement = together(await inBatches({ data, size, progress, signal }, look));
      refused = judgement.refused;
      return judgement;
    },
  );
  const sum = (of: (batch: AttackedBatch) => number) => made.reduce((sum, batch) => sum + of(batch), 0);
  const zeroGradient = sum(({ zero }) => zero) / data.size;
  return {
    correct: images.takenBy().map((by) => by === null),
    ...(refused ? { refused } : {}),
    seconds: seconds + sum(({ earlier }) => earlier),
    ...(attack
      ? {
        zeroGradient,
        ...(attackOf(attack).asks === "gradients"
          ? { gradients: { zero: zeroGradient, notFinite: sum(({ notFinite }) => notFinite) / data.size } }
          : {}),
        passes: {
          forward: sum(({ passes }) => passes.forward),
          backward: sum(({ passes }) => passes.backward),
        },
      }
      : {}),
    ...(hasFaults(faults) ? { faults } : {}),
    ...(attack && isRedrawn(attack, surrogate) ? { redrawn: "each step" } : {}),
  };
}

/** Whether an attack draws a surrogate's random numbers anew in each step. */
export function isRedrawn(attack: AttackSpec, { redraw }: Redrawable): boolean {
  return redraw !== undefined && isIterated(attack);
}

/** What attacking a batch took, now and when its images were made before, and at how many images no gradient is of use. */
interface AttackedBatch {
  readonly passes: Passes;
  readonly earlier: number;
  readonly zero: number;
  readonly notFinite: number;
}

/** How many images there are of each; frees the tensor, `[2, n]`. */
async function countOf(faults: tf.Tensor): Promise<Pick<AttackedBatch, "zero" | "notFinite">> {
  const values = await faults.data(), count = faults.shape[1]!;
  faults.dispose();
  const countFrom = (start: number) => values.slice(start, start + count).filter((value) => value > 0).length;
  return { zero: countFrom(0), notFinite: countFrom(count) };
}
