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
import { nearest, outcome, standingOf } from "./strongest/scoreboard.ts";
import {
  isUsable,
  look,
  probed,
  type Ranking,
  type ReplacementFacts,
  search,
  troubleOf,
} from "./strongest/search.ts";
import { nextOf, type Prospect } from "./strongest/next_candidate.ts";
import {
  BY_LOGARITHMS,
  moreReplacements,
  type Replacement,
  replacementsOf,
} from "./strongest/replacements.ts";
import { batchSizeFor } from "./active_set.ts";
import { lead, logitsOf, withRefusals } from "../judge/mod.ts";
import { type Attack, defineAttack, type SpecOf } from "./attack.ts";
import { ball, seed, signal, tensor } from "./steps/attack_options.ts";
import type { AnyBall } from "./steps/ball.ts";
import { checkBatch } from "./steps/check_batch.ts";

export type { ReplacementFacts, Trial };

/** Options of {@linkcode strongest}. */
export interface StrongestOptions {
  /** The ball of the allowed images. */
  readonly ball: AnyBall;
  /**
   * The mean number of passes for an image of the batch, forward or backward. Passes that fallen images do not need are used
   * for those that stand. Default 1000.
   */
  readonly budget?: number;
  /** The target classes of the attack, `[n]`; without them any wrong class is a success. */
  readonly targets?: Labels;
  /**
   * Other classifiers to differentiate, by name: the classifier without its defense, a substitute, or the victim without one of
   * its stages. An image that fools them counts only if it fools the victim.
   */
  readonly surrogates?: Readonly<Record<string, Classifier>>;
  /** The names of candidates, such as the `best` in another batch's record: only these attack, without a search. */
  readonly candidates?: readonly string[];
  /** The seed of all random numbers. Default 0. */
  readonly seed?: number;
  /** Receives the number of passes so far. */
  readonly progress?: Progress;
  /** Stops the attack between two steps. */
  readonly signal?: AbortSignal;
}

/** The record of a run of {@linkcode strongest}. */
export interface StrongestRecord {
  /** The budget for the whole batch, in passes: images shown to classifiers, forward or backward. */
  readonly budget: number;
  /** The number of passes that it used. */
  readonly passes: number;
  /** The kernels that the victim runs; `CustomGrad` if it has custom gradients. */
  readonly kernels: readonly string[];
  /** The gradient replacements that were measured, by name. `exact` is the victim's own gradient. */
  readonly replacements: Readonly<Record<string, ReplacementFacts>>;
  /** All attempts, in order. */
  readonly tried: readonly Trial[];
  /** The most promising candidates, the best first. */
  readonly best: readonly string[];
  /** The candidate that broke each image; `"no change"` if it was misclassified before the attack, null if it stands. */
  readonly brokenBy: readonly (string | null)[];
}

/** The result of {@linkcode strongest}. */
export interface StrongestResult {
  /** The attacked images, `[n, h, w, c]`; the original where an image stands. The caller frees them. */
  readonly images: Images;
  /** Whether the victim misclassifies each of them (with targets: classifies it as its target). */
  readonly success: readonly boolean[];
  /** The attempts, and which of them succeeded. */
  readonly record: StrongestRecord;
}

/** The share of the budget for the search, and the number of candidates in `best`. */
const SEARCH = 0.25, NAMED = 6;
/** An attempt uses about this share of the remaining budget, between the shortest and the longest number of steps; square makes more queries by a factor. */
const SHARE = 1 / 6, SHORTEST = 25, LONGEST = 400, QUERIES = 4;
/** All images that stand are attacked in every such attempt, however few fall. */
const WIDE = 5;

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
  const facts: Record<string, ReplacementFacts> = {};
  let kernels: readonly string[] = [], replacements: readonly Replacement[] = [], ranking: Ranking = [];
  try {
    if (standingOf(run.board).length > 0) {
      ({ kernels, replacements } = replacementsOf(judge, batch.images, surrogates));
      const task: Task = { norm: ball.norm, classes, aim: targets ? "target" : "any" };
      const rows = probed(run, batch, seed), size = batchSizeFor(rows.length, count);
      const affordable = (more: readonly Replacement[]) => 2 * more.length * size < total * SEARCH;
      const learn = async (more: readonly Replacement[]) => {
        for (const replacement of more) {
          facts[replacement.name] = await look(replacement, batch, rows, targets);
        }
      };
      const isSeen = affordable(replacements); // else the budget is enough for one or two attempts only
      if (isSeen) {
        await learn(replacements);
        const trouble = troubleOf(facts["exact"]!),
          others = trouble ? moreReplacements(judge, kernels, trouble) : [];
        // If the exact gradient is useless on all images, these come first, before the budget ends.
        replacements = facts["exact"]!.zeroGradient === 1
          ? [...others, ...replacements]
          : [...replacements, ...others];
        // Computed by logarithms: the exact gradient, without the rounding of float32.
        replacements = replacements.toSorted((a, b) =>
          Number(b.name === BY_LOGARITHMS) - Number(a.name === BY_LOGARITHMS)
        );
        if (affordable(replacements)) await learn(others);
      }
      const usable = replacements.filter(({ name }) => facts[name] === undefined || isUsable(facts[name]));
      const allowance = total * SEARCH - run.spent;
      ranking = options.candidates
        ? chosen(candidatesOf(replacements, task), options.candidates)
        : await search(run, { ...task, replacements: usable, rows, allowance });
      await spend(run, ranking, { total, batchSize: count, progress });
    }
    return {
      images: outcome(batch, run.board),
      success: run.board.brokenBy.map((by) => by !== null),
      record: {
        ...{ budget: total, passes: run.spent, kernels, replacements: facts, tried: run.tried },
        best: ranking.slice(0, NAMED).map(({ who }) => who.name),
        brokenBy: run.board.brokenBy,
      },
    };
  } catch (error) {
    throw released(error);
  } finally {
    run.board.best.dispose();
    for (const replacement of replacements) replacement.dispose();
    progress?.done(signal?.aborted ? "stopped" : undefined);
  }
}

/**
 * An automatic adaptive attack: tries a portfolio of attacks on an unknown victim, spends a budget of passes on the best of
 * them, and keeps the worst case of each image. It follows Yao et al. 2021 (A³).
 *
 * 1. It lists the kernels that the victim runs, and replaces the gradients of step functions and of functions that saturate
 *    (rounding, comparisons, clips, ReLUs) by straight-through, smooth or leaky ones, see `withGradients`. Replacements whose
 *    gradient is zero on all images are dropped. If the exact gradient is zero or not finite on some images, it adds three
 *    more: finite derivatives of all kernels, probabilities computed by their logarithms, and the gradient of the identity
 *    for softmax and logarithm.
 * 2. It tries the replacements on up to 32 images with a few steps. For the best three it tries all losses (cross-entropy,
 *    margin, DLR, the likeliest wrong classes as targets) and step rules (fgs, pgd, momentum, apgd), and square. It tries the
 *    better half again with twice the steps. Better means more fallen images and larger changes of the victim's margins.
 * 3. It spends the rest of the budget, at least three quarters, on the images that stand. Each attempt is by the candidate
 *    that is expected to break the largest share of them. Every second one aims at a wrong class, the likeliest first: that
 *    reaches images that no loss over all classes does. When only images near the boundary fall, it attacks the nearer half,
 *    and all again in every fifth attempt.
 *
 * Only the victim decides whether an image has fallen. The random numbers of an image depend on its id. The candidates that
 * attack it, or with the option `candidates` their order, depend on the other images of the batch too. Wrap a victim that
 * draws random numbers by `eot`, which makes it a function of the images.
 *
 * Departure: A³ searches by tree-structured Parzen estimators and skips layers of a network. Here the space is small
 * enough to try everything, and gradients of kernels are replaced instead of skipping layers. To skip a stage of the victim,
 * give the victim without it as one of the `surrogates`.
 *
 * @param victim The classifier to fool, from images `[n, h, w, c]` to logits `[n, classes]`.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The ball, the budget, and other surrogates.
 * @returns The images, whether each of them is a success, and the record.
 * @throws {RangeError} If the victim does not return logits, an option is not allowed, or a name in `candidates` is not known.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf, strongest } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 if the image is bright. The gradient of rounding to bytes is zero.
 * const victim = (x: tf.Tensor4D) => {
 *   const bright = x.mul(255).round().mean([1, 2, 3]).sub(127.5);
 *   return tf.stack([bright.neg(), bright], 1) as tf.Tensor2D;
 * };
 * const batch = { images: tf.fill([1, 2, 2, 1], 0.4) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const { success, record } = await strongest(victim, batch, { ball: linf(0.125), budget: 100 });
 * assertEquals(success, [true]);
 * assertEquals(record.replacements["exact"], { zeroGradient: 1 });
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
  version: 2,
  severalAttacks: true,
  needsVictim: true,
  norms: ["linf", "l2", "l1"],
  settings,
  run: (surrogate, batch, settings, { victim = surrogate }) =>
    attack(victim, batch, {
      ...settings,
      surrogates: { ...(victim === surrogate ? {} : { surrogate }), ...settings.surrogates },
    }),
});

/** Frees the tensors that a failed gradient has left on the tape, and returns the same error. */
function released(error: unknown): unknown {
  try {
    return releasing(() => {
      throw error;
    });
  } catch (error) {
    return error;
  }
}

/** The victim's leads and the likeliest wrong classes of the original images. */
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

/** Whether a candidate aims at one wrong class, another one in each attempt. */
const aims = ({ rule }: Candidate): boolean => rule === "apgd towards";

/** The start of a candidate's attempt, by the number of its attempts before. */
function startOf({ rule }: Candidate, turn: number): StartOfAttempt {
  switch (rule) {
    case "square":
    case "apgd towards":
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

/**
 * Attacks the images that stand until none does or the budget is spent.
 *
 * Every second attempt aims at a wrong class, another one each time, since Croce & Hein (2020) found that to reach images
 * that other losses do not. An attempt on all images that breaks none but the nearer half narrows the next ones to these, as A³
 * leaves out hopeless images.
 */
async function spend(
  run: BudgetedRun,
  ranking: Ranking,
  { total, batchSize, progress }: {
    readonly total: number;
    readonly batchSize: number;
    readonly progress: Progress | undefined;
  },
): Promise<void> {
  const prospects = ranking.map(({ who, promise }) => ({
    who,
    promise,
    attempts: [] as { images: number; broke: number }[],
  } satisfies Prospect & { who: Candidate }));
  const aimed = prospects.filter(({ who }) => aims(who)), others = prospects.filter(({ who }) => !aims(who));
  for (let attempt = 0, rank = 0, isWide = true;; attempt++) {
    const standing = standingOf(run.board);
    progress?.update(Math.min(run.spent, total), total, { standing: standing.length });
    if (standing.length === 0 || prospects.length === 0) return;
    const wanted = attempt % 2 === 1 ? aimed : others, group = wanted.length > 0 ? wanted : prospects;
    const { who, attempts } = group[nextOf(group)]!, turn = attempts.length;
    const near = nearest(run.board, batchSizeFor(Math.ceil(standing.length / 2), batchSize));
    const rows: readonly number[] = isWide || attempt % WIDE === 0 ? standing : near;
    const left = total - run.spent, fair = Math.floor(left * SHARE / 2 / rows.length);
    const steps = Math.max(SHORTEST, Math.min(LONGEST, fair)) * (who.replacement ? 1 : QUERIES);
    const plan = { phase: "attack", start: startOf(who, turn), steps, turn, rank, allowance: left } as const;
    const reached = await run.attempt(who, rows, plan);
    if (reached === undefined) return;
    if (aims(who)) rank++;
    attempts.push({ images: rows.length, broke: run.tried.at(-1)!.broke });
    const fell = rows.filter((row) => run.board.brokenBy[row] !== null);
    if (rows === standing) isWide = fell.some((row) => !near.includes(row));
  }
}
