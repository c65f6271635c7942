import type { AttackSpec } from "../../attacks/mod.ts";
import type { Dataset } from "../../data/mod.ts";
import type { Victim } from "../../judge/mod.ts";
import { callable, checkSetting, checkSettings, count, object, size } from "../../kinds/mod.ts";
import type { Batch } from "../../tensor/mod.ts";
import { checkBatchOrDataset, checkFunction, checkSpec } from "../_arguments.ts";
import { inBatches } from "../_in_batches.ts";
import type { AttackMaker, AttackMakerOptions, FollowedAttack } from "./followed_attack.ts";
import { lookAt } from "./indicators/look.ts";
import { forEachIndicator, type IndicatorFinding, type IndicatorName, NAMES } from "./indicators/names.ts";
import type { Indicators, IndicatorsOptions } from "./indicators/options.ts";
import { indicatorFinding } from "./indicators/words.ts";

export type {
  AttackMaker,
  AttackMakerOptions,
  FollowedAttack,
  IndicatorFinding,
  IndicatorName,
  Indicators,
  IndicatorsOptions,
};

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

/** Above this the predictions around an image are not stable: those of a plain network change by 1 or 2 %. */
const UNSTABLE = 0.1;

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
 * All but 5 are the surrogate's, since the attack sees nothing else. For a surrogate that replaces a gradient or averages over
 * draws they say whether that helps.
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
  const { attack } = options;
  if (typeof attack.attack !== "function") checkSpec(attack as AttackSpec);
  else checkSetting("ball", object("a ball, such as linf(8 / 255),"), attack.ball);
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
  const byImage = forEachIndicator((name) => values(name).map((value, i) => right[i] ? value : NaN));
  const numbers = forEachIndicator((name) =>
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
    ) => indicatorFinding(name, numbers[name], attacked, errors[0])),
  };
}
