import { count, list, object, type Settings, text } from "../kinds/mod.ts";
import {
  type Batch,
  type Classifier,
  counted,
  evaluated,
  type Images,
  type Labels,
  type Logits,
  nearestName,
  type Progress,
  releasing,
  tf,
} from "../tensor/mod.ts";
import { allPasses, BudgetedRun, type Trial } from "./strongest/budgeted_run.ts";
import { type Candidate, candidatesOf, type StartOfAttempt, type Task } from "./strongest/candidates.ts";
import { likeliestWrong } from "./steps/likeliest_wrong.ts";
import { outcome, standingOf } from "./strongest/scoreboard.ts";
import {
  isUsable,
  look,
  probed,
  type Ranking,
  search,
  troubleOf,
  type WayFacts,
} from "./strongest/search.ts";
import { nextOf, type Prospect } from "./strongest/next_candidate.ts";
import { BY_LOGARITHMS, otherWays, type Way, waysOf } from "./strongest/ways.ts";
import { placesFor } from "./active_set.ts";
import { lead, logitsOf, withRefusals } from "../judge/mod.ts";
import { type Attack, defineAttack, type SpecOf } from "./attack.ts";
import { ball, seed, signal, tensor } from "./steps/attack_options.ts";
import type { AnyBall } from "./steps/ball.ts";
import { checkBatch } from "./steps/check_batch.ts";

export type { Trial, WayFacts };

/** What {@linkcode strongest} may use. */
export interface StrongestOptions {
  /** The images that are allowed. */
  readonly ball: AnyBall;
  /**
   * How often an image may be shown to a classifier, forwards or back, on average over the batch: what fallen images do
   * not need goes to those that stand. Default 1000.
   */
  readonly budget?: number;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels;
  /**
   * Other classifiers to differentiate, by name: an undefended one, a substitute, or the victim with a stage passed over
   * as the attacker who knows it can. What fools them counts only if it fools the victim.
   */
  readonly surrogates?: Readonly<Record<string, Classifier>>;
  /** Names of candidates, from another batch's record (`best`): only these attack, and nothing is searched. */
  readonly candidates?: readonly string[];
  /** Fixes what is random. Default 0. */
  readonly seed?: number;
  /** Is told how many passes of the budget are spent. */
  readonly progress?: Progress;
  /** Stops between two steps. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode strongest} has done. */
export interface StrongestRecord {
  /** What it was allowed, in images shown to classifiers, forwards or back. */
  readonly budget: number;
  /** What it spent. */
  readonly passes: number;
  /** The kernels that the victim runs; `CustomGrad` where it gives gradients of its own. */
  readonly kernels: readonly string[];
  /** The ways to differentiate that were looked at, by name. `exact` is the victim as it is. */
  readonly ways: Readonly<Record<string, WayFacts>>;
  /** All attempts, in order. */
  readonly tried: readonly Trial[];
  /** The most promising candidates, the best first. */
  readonly best: readonly string[];
  /** By image, which candidate broke it; `"no change"` where it was misclassified before, null where it stands. */
  readonly brokenBy: readonly (string | null)[];
}

/** What {@linkcode strongest} has found. */
export interface StrongestResult {
  /** `[n, h, w, c]`; images that stand are as they were. The caller's to free. */
  readonly images: Images;
  /** Which of them the victim gets wrong (with targets: takes for their targets). */
  readonly success: readonly boolean[];
  /** What was tried, and what broke what. */
  readonly record: StrongestRecord;
}

/** Which share of the budget may be searched with, and how many candidates a record names. */
const SEARCH = 0.25, NAMED = 6;
/** An attempt takes about this share of what is left, in so many steps; queries of square are so many times as many. */
const SHARE = 1 / 6, SHORTEST = 50, LONGEST = 400, QUERIES = 4;

/** {@linkcode strongest} as data. */
export type StrongestSpec = SpecOf<"strongest", Omit<StrongestOptions, "candidates">>;

const settings: Settings = {
  ball,
  targets: tensor,
  budget: count({ least: 1, default: 1000 }),
  surrogates: object("a record of classifiers by name"),
  candidates: list(text()),
  seed,
  progress: object("a progress"),
  signal,
};

async function attack(
  victim: Classifier,
  batch: Batch,
  options: StrongestOptions,
): Promise<StrongestResult> {
  const { ball, budget = 1000, targets, surrogates = {}, seed = 0, progress, signal } = options;
  const judge = counted(victim);
  await checkBatch(batch, { surrogate: judge, targets });
  const count = batch.images.shape[0], total = budget * count, begun = allPasses();
  const { wrong, classes, margins } = await cleanly(judge, batch, targets);
  const board = {
    best: batch.images.clone(),
    margins,
    brokenBy: margins.map((margin) => margin > 0 ? "no change" : null),
  };
  const run = new BudgetedRun({ victim: judge, batch, ball, targets, wrong, seed, signal }, board, begun);
  const facts: Record<string, WayFacts> = {};
  let kernels: readonly string[] = [], ways: readonly Way[] = [], ranking: Ranking = [];
  try {
    if (standingOf(run.board).length > 0) {
      ({ kernels, ways } = waysOf(judge, batch.images, surrogates));
      const task: Task = { norm: ball.norm, classes, aim: targets ? "target" : "any" };
      const rows = probed(run, batch, seed), size = placesFor(rows.length, count);
      const affordable = (more: readonly Way[]) => 2 * more.length * size < total * SEARCH;
      const learn = async (more: readonly Way[]) => {
        for (const way of more) facts[way.name] = await look(way, batch, rows, targets);
      };
      const isSeen = affordable(ways); // else there is no budget for more than an attempt or two
      if (isSeen) {
        await learn(ways);
        const trouble = troubleOf(facts["exact"]!),
          others = trouble ? otherWays(judge, kernels, trouble) : [];
        // Where the exact gradient never is of use, these come first, lest the budget end before.
        ways = facts["exact"]!.zeroGradient === 1 ? [...others, ...ways] : [...ways, ...others];
        // The exact gradient, and more: what float32 has lost.
        ways = ways.toSorted((a, b) => Number(b.name === BY_LOGARITHMS) - Number(a.name === BY_LOGARITHMS));
        if (affordable(ways)) await learn(others);
      }
      const usable = ways.filter(({ name }) => facts[name] === undefined || isUsable(facts[name]));
      const allowance = total * SEARCH - run.spent;
      ranking = options.candidates
        ? chosen(candidatesOf(ways, task), options.candidates)
        : await search(run, { ...task, ways: usable, rows, allowance });
      await spend(run, ranking, { total, progress });
    }
    return {
      images: outcome(batch, run.board),
      success: run.board.brokenBy.map((by) => by !== null),
      record: {
        ...{ budget: total, passes: run.spent, kernels, ways: facts, tried: run.tried },
        best: ranking.slice(0, NAMED).map(({ who }) => who.name),
        brokenBy: run.board.brokenBy,
      },
    };
  } catch (error) {
    throw released(error);
  } finally {
    run.board.best.dispose();
    for (const way of ways) way.dispose();
    progress?.done(signal?.aborted ? "stopped" : undefined);
  }
}

/**
 * An automatic adaptive attack: tries a portfolio of attacks on a victim that nobody has looked at, spends a budget of
 * passes where it pays, and keeps the worst case of each image. Yao et al. 2021 (A³) is the model.
 *
 * 1. It looks which kernels the victim runs, and bends those that jump or saturate (rounding, comparisons, clips, ReLUs):
 *    straight-through, smooth or leaky, see `withGradients`. Ways to differentiate whose gradient is zero on all images are
 *    dropped. Where the exact gradient is zero or not finite on some images, it tries three more: each kernel's slope kept
 *    finite, probabilities computed by their logarithms, and softmax and logarithm passed over.
 * 2. It tries the ways on up to 32 images with a few steps; then, for the best three, all losses (cross-entropy, margin,
 *    DLR, towards the likeliest wrong classes) and step rules (fgs, pgd, momentum, apgd), and square; and halves these, by
 *    how many images fall and how far the victim's margins move, with twice the steps.
 * 3. What is left of the budget, three quarters or more, goes to the images that stand, attempt by attempt to the
 *    candidate that is expected to break the largest share, from random starts and from the best images so far in turn.
 *
 * Only the victim judges. What is drawn for an image depends on its id, but which candidates it meets depends on the other
 * images of the batch too; with `candidates` it still does in their order. A victim that draws random numbers has to be
 * given as a function of the images, by `eot`.
 *
 * Departure: A³ searches by tree-structured Parzen estimators and skips layers of a network. Here the space is small
 * enough to be halved, and kernels are bent, not layers skipped: what changes no kernel (a stage passed over) comes as one of
 * the `surrogates`.
 *
 * @param victim What has to be fooled, images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball, the budget, and other surrogates.
 * @returns The images, which of them succeeded, and the record.
 * @throws {RangeError} Where the victim does not return logits, a value or count makes no sense, or there is no candidate of
 * a name.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, strongest } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the image is bright; bytes have no gradient.
 * const victim = (x: tf.Tensor4D) => {
 *   const bright = x.mul(255).round().mean([1, 2, 3]).sub(127.5);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 2, 2, 1], 0.4) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const { success, record } = await strongest(victim, batch, { ball: linf(0.125), budget: 100 });
 * assertEquals(success, [true]);
 * assertEquals(record.ways["exact"], { zeroGradient: 1 });
 * assertEquals(record.brokenBy, ["straight-through: pgd, margin"]);
 * ```
 */
export const strongest: Attack<
  (victim: Classifier, batch: Batch, options: StrongestOptions) => Promise<StrongestResult>,
  StrongestSpec
> = defineAttack(attack, {
  name: "strongest",
  title: "Strongest",
  source: "after Yao et al. 2021",
  asks: "whatever pays",
  severalAttacks: true,
  needsVictim: true,
  norms: ["linf", "l2", "l1"],
  settings,
  run: (surrogate, batch, settings, { victim = surrogate }) =>
    attack(victim, batch, { ...settings, ...(victim === surrogate ? {} : { surrogates: { surrogate } }) }),
});

/** The same error, after what the tape of a gradient that failed had saved is freed. */
function released(error: unknown): unknown {
  try {
    return releasing(() => {
      throw error;
    });
  } catch (error) {
    return error;
  }
}

/** What the victim says of the images as they are. */
async function cleanly(
  victim: Classifier,
  { images, labels }: Batch,
  targets: Labels | undefined,
): Promise<{ wrong: readonly (readonly number[])[]; classes: number; margins: readonly number[] }> {
  if (images.shape[0] === 0) return { wrong: [], classes: Infinity, margins: [] };
  const [logits, ranked, margins] = tf.tidy(() => {
    const [logits] = evaluated(victim, "logits", [images], (x) => [logitsOf(victim, x as Images)]) as [
      Logits,
    ];
    const refused = targets ? "stopped" : "wrong"; // with targets an image counts as attacked from the start
    const leads = withRefusals(victim, images, lead(logits, labels, targets), refused);
    return [logits, likeliestWrong(logits, labels, 9), leads];
  }) as [Logits, tf.Tensor2D, tf.Tensor1D];
  try {
    const [each, classes] = [ranked.shape[1], logits.shape[1]], flat = [...await ranked.data()];
    const wrong = Array.from({ length: images.shape[0] }, (_, i) => flat.slice(i * each, (i + 1) * each));
    return { wrong, classes, margins: [...await margins.data()] };
  } finally {
    tf.dispose([logits, ranked, margins]);
  }
}

/** The candidates of these names, in this order. */
function chosen(known: readonly Candidate[], names: readonly string[]): Ranking {
  return names.map((name, i) => {
    const who = known.find((candidate) => candidate.name === name);
    if (who === undefined) {
      const meant = nearestName(name, known.map(({ name }) => name));
      throw new RangeError(
        `No candidate is called ${JSON.stringify(name)}` +
          (meant === undefined ? "" : `, did you mean ${JSON.stringify(meant)}?`),
      );
    }
    return { who, promise: 1 - i / names.length };
  });
}

/** Where a candidate's so manyth attempt starts. */
function startOf({ rule }: Candidate, turn: number): StartOfAttempt {
  switch (rule) {
    case "square":
      return "random";
    case "fgs":
    case "momentum":
      return turn === 0 ? "original" : "best so far";
    case "pgd":
      return turn === 0 ? "original" : turn % 2 === 1 ? "best so far" : "random";
    default:
      return turn % 2 === 1 ? "best so far" : "random";
  }
}

/** Sends candidates against what stands until nothing does, or the budget is spent. */
async function spend(
  run: BudgetedRun,
  ranking: Ranking,
  { total, progress }: { readonly total: number; readonly progress: Progress | undefined },
): Promise<void> {
  const prospects = ranking.map(({ who, promise }) => ({
    who,
    promise,
    attempts: [] as { images: number; broke: number }[],
  } satisfies Prospect & { who: Candidate }));
  for (;;) {
    const standing = standingOf(run.board);
    progress?.update(Math.min(run.spent, total), total, { standing: standing.length });
    if (standing.length === 0 || prospects.length === 0) return;
    const { who, attempts } = prospects[nextOf(prospects)]!, turn = attempts.length;
    const left = total - run.spent, fair = Math.floor(left * SHARE / 2 / standing.length);
    const steps = Math.max(SHORTEST, Math.min(LONGEST, fair)) * (who.way ? 1 : QUERIES);
    const plan = { phase: "attack", start: startOf(who, turn), steps, turn, allowance: left } as const;
    const reached = await run.attempt(who, standing, plan);
    if (reached === undefined) return;
    attempts.push({ images: standing.length, broke: run.tried.at(-1)!.broke });
  }
}
