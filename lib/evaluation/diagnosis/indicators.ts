import { judgeAttack } from "../../attacks/mod.ts";
import type { Dataset } from "../../data/mod.ts";
import { judge, type Victim } from "../../judge/mod.ts";
import { callable, checkSettings, count, object, size } from "../../kinds/mod.ts";
import { type Batch, type Classifier, fold, type Progress } from "../../tensor/mod.ts";
import { checkBatchOrDataset, checkFunction } from "../_arguments.ts";
import { inBatches } from "../_in_batches.ts";
import { attackGradient } from "./attack_gradient.ts";
import { type AttackPath, followAttack } from "./attack_path.ts";
import { SurrogateAnswers } from "./surrogate_answers.ts";
import { inPercent } from "../checks/words.ts";
import {
  type AttackMaker,
  type AttackMakerOptions,
  followable,
  type FollowedAttack,
  lossOf,
  unconstrained,
} from "./followed_attack.ts";
import { unstable } from "./unstable_predictions.ts";
import type { Finding } from "../checks/finding.ts";

export type { AttackMaker, AttackMakerOptions, FollowedAttack };

/** The six ways for an attack to fail, I1 to I6. */
export type IndicatorName =
  | "unavailable gradients"
  | "unstable predictions"
  | "silent success"
  | "incomplete optimisation"
  | "transfer failure"
  | "unconstrained attack failure";

/** A finding, and the indicator behind it. */
export interface IndicatorFinding extends Finding {
  /** Which indicator fired. */
  readonly indicator: IndicatorName;
}

/** What {@linkcode indicators} tell of an attack. */
export interface Indicators {
  /** How many images the victim gets right without an attack. The others can't tell whether an attack fails. */
  readonly attacked: number;
  /** The means over those images, in [0, 1]; 0 is good. */
  readonly numbers: Readonly<Record<IndicatorName, number>>;
  /** The six by image, in [0, 1]; NaN for an image that the victim gets wrong without an attack. */
  readonly byImage: Readonly<Record<IndicatorName, readonly number[]>>;
  /** The attack's loss by image, before the first step and after each. */
  readonly losses: readonly (readonly number[])[];
  /** Whether the victim still gets each image right after the attack. */
  readonly correct: readonly boolean[];
  /** The indicators that fire, and what to do. */
  readonly findings: readonly IndicatorFinding[];
}

/** Fields of {@linkcode indicators}. */
export interface IndicatorsOptions {
  /**
   * What is looked into: `{ attack: "pgd", ball: linf(8 / 255), … }`, or one's own, `{ attack: pgdAttack, ball }`, where
   * `attack` makes it. Of restarts only the first is followed.
   */
  readonly attack: FollowedAttack;
  /** What the attacker differentiates; default: the victim. */
  readonly surrogate?: Classifier;
  /** Points around each image at which the predictions are looked at. Default 100. */
  readonly draws?: number;
  /** The side of the box that they are drawn from. Default 8/255. */
  readonly side?: number;
  /** Of a data set: images at a time. Default 100. */
  readonly batch?: number;
  /** Fixes all that is drawn. Default 0. */
  readonly seed?: number;
  /** Is told how many images are done. */
  readonly progress?: Progress;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

const SETTINGS = {
  attack: object("a spec, or { attack: pgdAttack, ball }"),
  surrogate: callable(),
  draws: count({ least: 1, default: 100 }),
  side: size({ default: 8 / 255 }),
  batch: count({ least: 1, default: 100 }),
  seed: count({ default: 0 }),
  progress: object(),
  signal: object("an AbortSignal"),
};

/** The last steps that are looked at, and how much of its way the loss may still go there. */
const LAST = 10, STILL = 0.05;

/** From here on the predictions around an image are not stable: a plain network's change by 1 or 2 %. */
const UNSTABLE = 0.1;

/** From this share of images on, a failure decides the number. */
const MANY_IMAGES = 0.1;

/**
 * The six Indicators of Attack Failure (Pintor et al. 2022): whether an attack that leaves a classifier standing has
 * failed by itself, and what to do about it. Each is a mean over the images that the victim gets right without attack:
 *
 * 1. unavailable gradients: the gradient of the attack's loss at its start is exactly 0, not finite, or can't be taken;
 * 2. unstable predictions: by how much of itself the margin changes in a small box around the image, 1 at most; fires
 *    above 0.1;
 * 3. silent success: the attack passes an adversarial image, and returns another that is not;
 * 4. incomplete optimisation: the image stands, and in the last ten steps the best loss so far still went more than
 *    5 % of its whole way;
 * 5. transfer failure: the surrogate is fooled by what the attack returns, the victim is not;
 * 6. unconstrained attack failure: the image stands in a ball that holds every image, after 100 steps of 1/50 of it.
 *
 * All but 5 are the surrogate's, since the attack sees nothing else. Where a surrogate makes up for a defense (a gradient
 * put in place, an average over draws), they say whether it does.
 *
 * Departure: the paper's second indicator takes the attack's own loss. The cross-entropy of a sure classifier is almost
 * 0, and changes by 20 % of that around the images of an undefended network; the margin changes by 1 %. What is drawn is
 * clipped to [0, 1]. The authors' fourth indicator counts images that have fallen too, and their fifth an image on which
 * two wrong answers differ; neither is a failure. Their sixth leaves the step as it was, so that ten steps of 1/255 end
 * where they did before; ours also starts at the image, since a random start in so large a ball is mere noise.
 *
 * @param victim What is scored.
 * @param data A data set, or a batch: some tens of images will do.
 * @param options The attack, and what it differentiates.
 * @throws {TypeError} Where images or labels are of another type or shape.
 * @throws {RangeError} Where there are no images, the victim gets none right, an option is wrong, no logits are returned, or
 * no output stands for a label.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { indicators } from "@gcln/kit/evaluation";
 * import { type Images, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where more pixels are bright than dark: rounding hides the gradient.
 * const victim = (images: Images) => {
 *   const bright = tf.round(images).mean([1, 2, 3]).sub(0.5);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 2, 2, 1], 0.48) as Images, labels: tf.tensor1d([0], "int32") };
 * const attack = { attack: "bim", ball: linf(8 / 255), stepSize: 1 / 255, steps: 10 } as const;
 * const { findings } = await indicators(victim, batch, { attack, draws: 10 });
 * assertEquals(findings.map(({ indicator }) => indicator), [
 *   "unavailable gradients",
 *   "unconstrained attack failure",
 * ]);
 * ```
 */
export async function indicators(
  victim: Victim,
  data: Dataset | Batch,
  options: IndicatorsOptions,
): Promise<Indicators> {
  checkFunction("victim", victim);
  checkSettings("indicators", SETTINGS, options, ["attack"]);
  checkBatchOrDataset("look for indicators", data);
  const { batch: atOnce = 100, progress, signal } = options;
  const looks = "images" in data
    ? [await lookAt(victim, data, options)]
    : await inBatches({ data, size: atOnce, progress, signal }, (batch) => lookAt(victim, batch, options));
  const right = looks.flatMap((look) => look.right), attacked = right.filter(Boolean).length;
  if (attacked === 0) {
    throw new RangeError(
      `Cannot tell how an attack fails: of ${right.length} images the victim gets none right without it`,
    );
  }
  const values = (name: IndicatorName) => looks.flatMap(({ byImage }) => byImage[name]);
  const byImage = record((name) => values(name).map((value, i) => right[i] ? value : NaN));
  const numbers = record((name) =>
    byImage[name].reduce((sum, value) => Number.isNaN(value) ? sum : sum + value, 0) / attacked
  );
  const errors = looks.flatMap(({ error }) => error === undefined ? [] : [error]);
  return {
    attacked,
    numbers,
    byImage,
    losses: looks.flatMap(({ losses }) => losses),
    correct: looks.flatMap(({ correct }) => correct),
    findings: NAMES.filter((name) => numbers[name] > (name === "unstable predictions" ? UNSTABLE : 0)).map((
      name,
    ) => finding(name, numbers[name], attacked, errors[0])),
  };
}

const NAMES: readonly IndicatorName[] = [
  "unavailable gradients",
  "unstable predictions",
  "silent success",
  "incomplete optimisation",
  "transfer failure",
  "unconstrained attack failure",
];

function record<T>(of: (name: IndicatorName) => T): Record<IndicatorName, T> {
  return Object.fromEntries(NAMES.map((name) => [name, of(name)])) as Record<IndicatorName, T>;
}

/** What was seen on some images. */
interface Look extends Pick<Indicators, "byImage" | "losses" | "correct"> {
  /** Which the victim gets right without an attack. */
  readonly right: readonly boolean[];
  /** Why no gradient can be taken, where that is so. */
  readonly error?: string;
}

async function lookAt(victim: Victim, batch: Batch, options: IndicatorsOptions): Promise<Look> {
  const { attack: spec, surrogate = victim, draws = 100, side = 8 / 255, seed = 0 } = options;
  const attack = followable(spec, fold(seed, "indicators"));
  const { stands: right } = await judge(victim, batch);
  const asked = new SurrogateAnswers(surrogate, { labels: batch.labels, loss: lossOf(spec) });
  const { missing, error } = await attackGradient(asked, batch, attack);
  // An attack whose gradient can't be taken does not move.
  const steps = error === undefined ? {} : { steps: 0 };
  const path = await followAttack(attack, asked, batch, { until: "the last step", ...steps });
  try {
    const unbound = unconstrained(spec, batch.images, seed);
    const far = await followAttack(unbound, asked, batch, { until: "all have been fooled", ...steps });
    far.images.dispose();
    const { stands: correct } = await judgeAttack(victim, batch, { images: path.images, ball: spec.ball });
    const shaky = await unstable(asked, batch, { draws, side, seed: fold(seed, "unstable") });
    const when = (condition: (image: number) => boolean) => missing.map((_, i) => condition(i) ? 1 : 0);
    const once = ({ fooled }: AttackPath, i: number) => fooled[i]!.some(Boolean);
    const last = (i: number) => path.fooled[i]!.at(-1)!;
    return {
      right,
      correct,
      losses: path.losses,
      byImage: {
        "unavailable gradients": when((i) => missing[i]!),
        "unstable predictions": shaky,
        "silent success": when((i) => once(path, i) && !last(i)),
        "incomplete optimisation": when((i) => !once(path, i) && stillClimbs(path.losses[i]!)),
        "transfer failure": when((i) => surrogate !== victim && last(i) && correct[i]!),
        "unconstrained attack failure": when((i) => !once(far, i)),
      },
      ...(error === undefined ? {} : { error }),
    };
  } finally {
    path.images.dispose();
  }
}

/** Whether the best loss so far still moves by more than 5 % of its whole way in the last ten values. */
function stillClimbs(losses: readonly number[]): boolean {
  const least = Math.min(...losses), way = Math.max(...losses) - least;
  if (way <= 1e-6 * Math.abs(least)) return false; // no more than float32's rounding
  let best = -Infinity;
  const climbed = losses.map((loss) => best = Math.max(best, loss)).slice(-LAST);
  return (climbed.at(-1)! - climbed[0]!) / way > STILL;
}

/** What each indicator says, and what to do about it. */
const WORDS: Readonly<Record<IndicatorName, { readonly seen: string; readonly remedy: string }>> = {
  "unavailable gradients": {
    seen: "the gradient of the attack's loss at its start is exactly zero or can't be had",
    remedy:
      "Put a gradient in the place of the one that is missing: pass rounding straight through (BPDA). Where the " +
      "classifier is too sure, attack the margin.",
  },
  "unstable predictions": {
    seen: "the margin changes by that much of itself in a small box around the image",
    remedy:
      "Average the gradient over the defense's draws (EOT), or over points around the image, and score with more " +
      "than one draw.",
  },
  "silent success": {
    seen: "the attack passes an adversarial image and returns another that is not",
    remedy: 'Keep each image\'s best point: let it stop "on success", or take APGD, which does so.',
  },
  "incomplete optimisation": {
    seen: "the image stands, but the loss still rises in the last ten steps",
    remedy: "Take more steps until the loss is flat, or APGD, which finds its own step size.",
  },
  "transfer failure": {
    seen: "what the attack returns fools what it differentiated, but not the victim",
    remedy: "Attack the defended model itself, with a gradient put in place of any that is missing (BPDA).",
  },
  "unconstrained attack failure": {
    seen: "no bound at all, and still the image stands",
    remedy:
      "The attack fails, not the defense holds: check how attack and defense are put together, the gradient and " +
      "the loss, before any of its numbers is read.",
  },
};

function finding(
  indicator: IndicatorName,
  value: number,
  attacked: number,
  error: string | undefined,
): IndicatorFinding {
  const { seen, remedy } = WORDS[indicator], images = `${attacked} ${attacked === 1 ? "image" : "images"}`;
  const amount = indicator === "unstable predictions"
    ? `${inPercent(value)}, the mean of ${images}`
    : `${inPercent(value)} of ${images}`;
  const why = indicator === "unavailable gradients" && error !== undefined
    ? ` TensorFlow.js says: ${error}`
    : "";
  const name = indicator[0]!.toUpperCase() + indicator.slice(1);
  return {
    indicator,
    severity: value < MANY_IMAGES ? "warning" : "serious",
    message: `${name}, ${amount}: ${seen}.${why}`,
    remedy,
  };
}
