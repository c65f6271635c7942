import { type Batch, fold, type Labels, releasing, tf } from "../../tensor/mod.ts";
import type { BudgetedRun } from "./budgeted_run.ts";
import { type Candidate, candidate, candidatesOf, type Task } from "./candidates.ts";
import { standingOf } from "./scoreboard.ts";
import { worth } from "./next_candidate.ts";
import type { Replacement } from "./replacements.ts";
import { subset } from "../active_set.ts";
import { lossGradient } from "../steps/attack_loss.ts";

/** How a replacement's gradient is at the original images. */
export interface ReplacementFacts {
  /** The share of the probed images where the gradient is exactly zero, or not finite. */
  readonly zeroGradient?: number;
  /** The share where it holds NaN or infinity, if there are any. An attack uses the finite entries. */
  readonly notFinite?: number;
  /** The error, if there is no gradient. */
  readonly unavailable?: string;
}

/** The candidates with the promise of each, in [0, 1]; the best first. */
export type Ranking = readonly { readonly who: Candidate; readonly promise: number }[];

/** The images of the search: `most` of those that stand, chosen at random by their ids. */
export function probed(run: BudgetedRun, { ids }: Batch, seed: number, most = 32): number[] {
  const draw = (row: number) => fold(seed, "probed", ids?.[row] ?? row);
  const drawn = standingOf(run.board).sort((a, b) => draw(a) - draw(b));
  return drawn.slice(0, most).sort((a, b) => a - b);
}

/** Measures a replacement's gradient at some images. */
export async function look(
  replacement: Replacement,
  batch: Batch,
  rows: readonly number[],
  aim?: Labels,
): Promise<ReplacementFacts> {
  const part = subset(batch, rows), held: tf.Tensor[] = [part.images, part.labels];
  try {
    const useless = releasing(() =>
      tf.tidy(() => {
        const targets = aim?.gather<Labels>(tf.tensor1d([...part.paddedRows], "int32"));
        const { images, labels } = part;
        const gradient = lossGradient(replacement.surrogate, images, { labels, targets }).abs();
        // Whether the maximum of NaN and a number is NaN depends on the machine.
        const steepest = gradient.max([1, 2, 3]).add(gradient.sub(gradient).sum([1, 2, 3]));
        const isFinite = steepest.isFinite(), useful = steepest.greater(0).logicalAnd(isFinite);
        return tf.stack([useful, isFinite]).logicalNot().cast("float32");
      })
    );
    held.push(useless);
    const values = [...await useless.data()], all = part.images.shape[0];
    const share = (from: number) =>
      values.slice(from, from + rows.length).reduce((a, b) => a + b, 0) / rows.length;
    const zeroGradient = share(0), notFinite = share(all);
    return { zeroGradient, ...(notFinite > 0 ? { notFinite } : {}) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { unavailable: error.message };
  } finally {
    tf.dispose(held);
  }
}

/** Whether an attack can use the gradient: some of its entries are finite and not zero. */
export function isUsable({ zeroGradient = 1, notFinite = 0 }: ReplacementFacts): boolean {
  return zeroGradient < 1 || notFinite > 0;
}

/** What is wrong with a gradient on some images. */
export function troubleOf(
  { zeroGradient = 1, notFinite = 0 }: ReplacementFacts,
): "zero" | "not finite" | undefined {
  return notFinite > 0 ? "not finite" : zeroGradient > 0 ? "zero" : undefined;
}

/** Options of {@linkcode search}. */
export interface SearchOptions extends Task {
  /** The replacements with a gradient. */
  readonly replacements: readonly Replacement[];
  /** The rows of the images to search on. */
  readonly rows: readonly number[];
  /** The largest number of passes. */
  readonly allowance: number;
}

/** The share of the allowance for choosing replacements, and the number of replacements to keep. */
const FOR_REPLACEMENTS = 0.3, REPLACEMENTS = 3;
/** The most steps to test a replacement; the fewest and the most steps to test a candidate in the first round. */
const REPLACEMENT_STEPS = 10, FEW = 8, STEPS = 20;
/** The number of square's queries for each step of the other candidates. */
const QUERIES = 4;

/**
 * Ranks the candidates in three rounds: all replacements with the same attack; then the losses and step rules for the best
 * replacements, as many as the allowance permits; then the better half of these again, with twice the steps.
 *
 * It stops as soon as a candidate breaks all images of the search. Candidates that were not tried, or were dropped after the
 * first round, get a lower promise.
 */
export async function search(run: BudgetedRun, options: SearchOptions): Promise<Ranking> {
  const { replacements, rows, allowance } = options, end = run.spent + allowance;
  const clean = rows.map((row) => run.board.margins[row]!);
  const least = 2 * rows.length; // passes of a step

  /** Tries each candidate with an equal share of the passes, and returns them by their promise. */
  const round = async (who: readonly Candidate[], share: number, most: number, turn: number) => {
    const steps = Math.max(4, Math.min(most, Math.floor(share / who.length / least) - 2)),
      rated: Rated[] = [];
    for (const one of who) {
      const start = one.rule.startsWith("apgd") ? "random" as const : "original" as const;
      const plan = {
        phase: "search" as const,
        start,
        turn,
        rank: 0,
        steps: one.replacement ? steps : QUERIES * steps,
      };
      const reached = await run.attempt(one, rows, { ...plan, allowance: end - run.spent });
      if (reached === undefined) continue;
      rated.push({ who: one, promise: worth(clean, reached) });
      if (rated.at(-1)!.promise === 1) break;
    }
    return rated.sort((a, b) => b.promise - a.promise);
  };
  const isOver = (ranking: Ranking) => ranking[0]?.promise === 1;

  const scouts = replacements.map((replacement) => candidate(replacement, "pgd", "margin"));
  const scouted = scouts.length > 0
    ? await round(scouts, allowance * FOR_REPLACEMENTS, REPLACEMENT_STEPS, 0)
    : [];
  if (isOver(scouted)) return scouted;
  const best = scouted.length > 0
    ? scouted.slice(0, REPLACEMENTS).map(({ who }) => who.replacement!)
    : replacements.slice(0, REPLACEMENTS);
  const all = candidatesOf(best, options), affordable = Math.floor((end - run.spent) / 2 / least / FEW);
  const first = await round(all.slice(0, Math.max(1, affordable)), (end - run.spent) / 2, STEPS, 1);
  if (isOver(first)) return first;
  const better = first.slice(0, Math.ceil(first.length / 2)).map(({ who }) => who);
  const second = better.length > 0 ? await round(better, end - run.spent, 2 * STEPS, 2) : [];
  const kept = new Set(second.map(({ who }) => who)), tried = new Set(first.map(({ who }) => who));
  const doubtful = (replacement: Replacement | undefined) =>
    (scouted.find(({ who }) => who.replacement === replacement)?.promise ?? 0.1) * DOUBT;
  return [
    ...second,
    ...first.filter(({ who }) => !kept.has(who)).map(({ who, promise }) => ({
      who,
      promise: promise * DOUBT,
    })),
    ...all.filter((who) => !tried.has(who)).map((who) => ({ who, promise: doubtful(who.replacement) })),
  ].sort((a, b) => b.promise - a.promise);
}

type Rated = { readonly who: Candidate; readonly promise: number };

/** The factor for the promise of candidates that were not tried in the last round. */
const DOUBT = 0.5;
