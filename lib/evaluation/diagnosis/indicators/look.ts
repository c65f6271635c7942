import { judgeAttack } from "../../../attacks/mod.ts";
import { judge, type Victim } from "../../../judge/mod.ts";
import { type Batch, fold } from "../../../tensor/mod.ts";
import { attackGradient } from "../attack_gradient.ts";
import { type AttackPath, followAttack } from "../attack_path.ts";
import { followable, lossOf, unconstrained } from "../followed_attack.ts";
import type { Indicators, IndicatorsOptions } from "./options.ts";
import { SurrogateAnswers } from "../surrogate_answers.ts";
import { unstable } from "../unstable_predictions.ts";

/** The last steps that are looked at, and how much of its way the loss may still go there. */
const LAST = 10, STILL = 0.05;

/** What was seen on some images. */
export interface Look extends Pick<Indicators, "byImage" | "losses" | "correct"> {
  /** Which the victim gets right without an attack. */
  readonly right: readonly boolean[];
  /** Why no gradient can be taken, where that is so. */
  readonly error?: string;
}

/** Looks at an attack on some images. */
export async function lookAt(victim: Victim, batch: Batch, options: IndicatorsOptions): Promise<Look> {
  const { attack: spec, surrogate = victim, draws = 100, side = 8 / 255, seed = 0, signal } = options;
  const attack = followable(spec, fold(seed, "indicators"));
  const { stands: right } = await judge(victim, batch);
  const asked = new SurrogateAnswers(surrogate, { labels: batch.labels, loss: lossOf(spec) });
  const { missing, error } = await attackGradient(asked, batch, attack);
  // An attack whose gradient can't be taken does not move.
  const steps = { signal, ...(error === undefined ? {} : { steps: 0 }) };
  const path = await followAttack(attack, asked, batch, { until: "the last step", ...steps });
  try {
    const unbound = unconstrained(spec, batch.images, seed);
    const far = await followAttack(unbound, asked, batch, { until: "all have been fooled", ...steps });
    far.images.dispose();
    const { stands: correct } = await judgeAttack(victim, batch, { images: path.images, ball: spec.ball });
    const shaky = await unstable(asked, batch, { draws, side, seed: fold(seed, "unstable"), signal });
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
