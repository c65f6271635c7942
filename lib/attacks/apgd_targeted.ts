import { count, type Settings } from "../kinds/mod.ts";
import type { Batch, Classifier, Images, tf } from "../tensor/mod.ts";
import { adaptiveAscent } from "./steps/adaptive_ascent.ts";
import { likeliestWrong } from "./steps/likeliest_wrong.ts";
import { apgdCheckpoints, type ApgdOptions, apgdSettings } from "./apgd.ts";
import { type Ascent, defineAttack, type IteratedAttack, type SpecOf } from "./attack.ts";
import { logitsToClimb } from "./steps/logits_to_climb.ts";
import { checkMaker } from "./steps/attack_options.ts";
import { type AttackState, type Iterated, run } from "./steps/iterated.ts";

/** How {@linkcode apgdTargeted} goes about it. */
export interface ApgdTargetedOptions extends Omit<ApgdOptions, "targets" | "restarts"> {
  /** The steps for each target. Default 100. */
  readonly steps?: number;
  /** How many wrong classes are tried, the likeliest first; all of them where there are fewer. Default 9. */
  readonly targetCount?: number;
}

/** {@linkcode apgdTargeted} as data. */
export type ApgdTargetedSpec = Ascent & SpecOf<"apgdTargeted", ApgdTargetedOptions, "steps">;

const { targets: _, restarts: __, ...plain } = apgdSettings;
const settings: Settings = { ...plain, targetCount: count({ least: 1, default: 9 }) };

/**
 * {@linkcode apgdTargeted} as a start and a step, one target after the other. All of an image's targets begin at the
 * same start, so that images may be dropped on the way.
 *
 * @param options As for `apgdTargeted`.
 * @throws {RangeError} Where an option makes no sense, or the ball is an l1 ball.
 */
export function apgdTargetedAttack(options: ApgdTargetedOptions): Iterated {
  checkMaker("apgdTargeted", settings, options, { norms: ["linf", "l2"] });
  const { steps = 100, targetCount = 9, loss = "dlr", start = "random" } = options;
  const checkpoints = apgdCheckpoints(steps);
  const ascent = adaptiveAscent({ ...options, loss, steps, start, checkpoints, goal: "label" });

  /** At the start once more, with the next targets. */
  function aimed(state: AttackState, ranked: tf.Tensor, rank: number): AttackState {
    const targets = ranked.slice([0, rank], [-1, 1]).squeeze([1]);
    return { ...state, ranked, targets, current: state.first! };
  }

  return {
    steps: steps * targetCount,
    start(batch: Batch, restart?: number): AttackState {
      const state = ascent.start(batch, restart);
      return { ...state, first: state.current! };
    },
    step(surrogate: Classifier, state: AttackState, index: number): AttackState {
      const rank = Math.floor(index / steps), within = index % steps;
      const ranked = state.ranked ??
        likeliestWrong(logitsToClimb(surrogate, state.original), state.labels, targetCount);
      if (rank >= ranked.shape[1]!) return state;
      return ascent.step(surrogate, within === 0 ? aimed(state, ranked, rank) : state, within);
    },
  };
}

function attack(surrogate: Classifier, batch: Batch, options: ApgdTargetedOptions): Images {
  return run(apgdTargetedAttack(options), surrogate, batch);
}

/**
 * Auto-PGD towards each of the likeliest wrong classes in turn (Croce & Hein 2020, APGD-T): {@linkcode apgd} on the
 * targeted difference-of-logits ratio. Whatever wrong class is reached counts.
 *
 * Nine targets cost nine times as much as `apgd`. The ratio needs four classes; `loss: "margin"` does with two.
 *
 * @param surrogate What is differentiated, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball (linf or l2), and how to search it. The loss is `"dlr"` by default.
 * @returns The image of the largest margin over the label on all the ways, in the ball and in [0, 1]; the caller's to
 * free.
 * @throws {RangeError} Where the surrogate does not return logits, counts do not fit, or an option makes no sense.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { apgdTargeted, linf } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // The class is that of the brightest of four pixels.
 * const classifier = (x: tf.Tensor4D) => x.reshape([1, 4]) as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.75, 0.5, 0, 0], [1, 2, 2, 1]), labels: tf.tensor1d([0], "int32") };
 * const attacked = apgdTargeted(classifier, batch, { ball: linf(0.25), steps: 10 });
 * assertEquals([...await classifier(attacked).argMax(1).data()], [1]);
 * ```
 */
export const apgdTargeted: IteratedAttack<
  (surrogate: Classifier, batch: Batch, options: ApgdTargetedOptions) => Images,
  ApgdTargetedSpec
> = defineAttack(attack, {
  name: "apgdTargeted",
  title: "APGD-T",
  source: "Croce & Hein 2020",
  asks: "gradients",
  needsVictim: false,
  norms: ["linf", "l2"],
  settings,
  required: ["steps"],
  iterated: apgdTargetedAttack,
  examples: ({ steps }) => ({ "APGD-T": { steps } }),
});
