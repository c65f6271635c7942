import {
  advance,
  attackOf,
  attacks,
  type AttackState,
  type Carried,
  iteratedBy,
  type IteratedSpec,
  judgeAttack,
} from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import { callable, checkSettings, count, list, object } from "../kinds/mod.ts";
import { type Faults, hasFaults, judge, type Judgement, type Victim } from "../judge/mod.ts";
import { type Classifier, counted, fold, pause, type Progress, tf } from "../tensor/mod.ts";
import { checkDataset, checkFunction, checkSpec } from "./_arguments.ts";
import { differentiated } from "./_differentiated.ts";
import { inBatches, together } from "./_in_batches.ts";
import type { GradientShares } from "./gradient_shares.ts";
import { doubtful, lossFollowed, standingIn, uselessGradients } from "./robustness/survivors_gradients.ts";
import { type Share, shareOf } from "./share.ts";

/** Options of {@linkcode stepCurve}. */
export interface StepCurveOptions {
  /** After how many steps to look, rising, from 0. */
  readonly steps: readonly number[];
  /** What the attacker differentiates. Default: the victim. */
  readonly surrogate?: Classifier;
  /** Images at a time. Default 100. */
  readonly batch?: number;
  /** Fixes what is random. Default 0. */
  readonly seed?: number;
  /** Is told how many images are done. */
  readonly progress?: Progress;
  /** Stops between two looks. */
  readonly signal?: AbortSignal;
}

/** A point of a curve over steps. */
export interface StepPoint extends Share {
  /** After how many steps. */
  readonly steps: number;
  /** Which images are right then. An image that was fooled after fewer steps may be right again. */
  readonly correct: readonly boolean[];
  /** Whether the victim refuses each image then; absent where it refuses none by its nature. */
  readonly refused?: readonly boolean[];
  /** What makes the number doubtful; absent where nothing does. */
  readonly faults?: Faults;
  /**
   * The shares of images that are right here while the attack had no gradient of use for them; absent where it had one for
   * each, or follows none.
   */
  readonly gradients?: GradientShares;
}

/** Attacks of which the first k steps are the attack of k steps, as the fact `steady` of each says. */
export type SteadySpec = IteratedSpec;

const SETTINGS = {
  steps: list(count(), { least: 1 }),
  surrogate: callable(),
  batch: count({ least: 1, default: 100 }),
  seed: count({ default: 0 }),
  progress: object(),
  signal: object("an AbortSignal"),
};

/**
 * The accuracy after more and more steps of one run of an attack: the right half of Figures 3 and 4.
 *
 * A curve that still falls at its end has not converged: the attack needs more steps. Where a curve rises, the attack has lost
 * images again that it had fooled.
 *
 * @param victim What is scored.
 * @param data The images, at least one.
 * @param spec An attack whose first k steps are the attack of k steps; its own number of steps is not used.
 * @param options After how many steps to look.
 * @throws {RangeError} Where the steps do not rise, or there are no images.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { dataset } from "@gcln/kit/data";
 * import { stepCurve } from "@gcln/kit/evaluation";
 * import { type Images, type Logits, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const victim = (images: Images) => images.reshape([-1, 2]) as Logits;
 * const pixels = Uint8Array.of(105, 100, 120, 100), labels = new Uint8Array(2);
 * const data = dataset({ name: "pairs", split: "test", classes: ["a", "b"], shape: [1, 1, 2], pixels, labels });
 * const bim = { attack: "bim", ball: linf(16 / 255), stepSize: 1 / 255, steps: 1 } as const;
 * const curve = await stepCurve(victim, data, bim, { steps: [0, 4, 16] });
 * assertEquals(curve.map(({ accuracy }) => accuracy), [1, 0.5, 0]);
 * ```
 */
export async function stepCurve(
  victim: Victim,
  data: Dataset,
  spec: SteadySpec,
  options: StepCurveOptions,
): Promise<StepPoint[]> {
  checkFunction("victim", victim);
  checkDataset("measure", data);
  checkSettings("stepCurve", SETTINGS, options, ["steps"]);
  const { steps, batch: size = 100, seed = 0, progress, signal } = options;
  if (steps.some((count, i) => !(count > (steps[i - 1] ?? -1)))) {
    throw new RangeError(`Cannot look after ${steps.join(", ")} steps: whole numbers that rise are wanted`);
  }
  checkSpec(spec);
  if (!attackOf(spec).steady) {
    const steady = attacks().filter(({ steady }) => steady).map(({ title }) => title).join(", ");
    throw new RangeError(
      `Cannot look at ${
        attackOf(spec).title
      } after fewer steps: they are not those of a shorter run, as with ${steady}`,
    );
  }
  const scored = counted(victim), surrogate = differentiated(victim, options.surrogate);
  const attack = iteratedBy(spec, { seed: fold(seed, spec.attack), stop: "at the end" });
  const batches = await inBatches({ data, size, progress, signal }, async (batch) => {
    const { images, labels, ids } = batch, given = { images, labels }, judgements: Judgement[] = [];
    let state = tf.tidy(() => attack.start(batch) as AttackState & Carried), taken = 0;
    try {
      for (const wanted of steps) {
        for (; taken < wanted; taken++) {
          await pause(signal);
          state = advance(state, (state) => attack.step(surrogate, state, taken, ids), given);
        }
        judgements.push(
          state.images.dataId === images.dataId // nothing has been done to them
            ? await judge(scored, batch)
            : await judgeAttack(scored, batch, { images: state.images, ball: spec.ball }),
        );
      }
      return judgements;
    } finally {
      const lent = new Set<tf.Tensor>([images, labels]);
      tf.dispose(Object.values(state).filter((tensor) => !lent.has(tensor)));
    }
  });
  const points = steps.map((taken, i) => {
    const { stands: correct, faults, refused } = together(batches.map((judgements) => judgements[i]!));
    return {
      steps: taken,
      ...shareOf(correct.filter(Boolean).length, data.size),
      correct,
      ...(refused ? { refused } : {}),
      ...(hasFaults(faults) ? { faults } : {}),
    };
  });
  const useless = await uselessGradients(
    { data, size, rows: standingIn(points.filter(({ steps }) => steps > 0)), signal },
    [{ surrogate, loss: lossFollowed(spec)! }],
  );
  // After no step no gradient was asked for.
  return points.map((point) => point.steps === 0 ? point : { ...point, ...doubtful(useless, point.correct) });
}
