import { type Batch, fold, type Labels, releasing, tf } from "../../tensor/mod.ts";
import type { BudgetedRun } from "./budgeted_run.ts";
import { type Candidate, candidate, candidatesOf, type Task } from "./candidates.ts";
import { standingOf } from "./scoreboard.ts";
import { worth } from "./next_candidate.ts";
import type { Way } from "./ways.ts";
import { subset } from "../active_set.ts";
import { lossGradient } from "../steps/attack_loss.ts";

/** What a way to differentiate is worth at the images themselves. */
export interface WayFacts {
  /** The share of the probed images at which the gradient is exactly zero, or not finite. */
  readonly zeroGradient?: number;
  /** The share at which it holds NaN or infinity, where there are any. An attack goes on with the rest of it. */
  readonly notFinite?: number;
  /** Why there is no gradient at all. */
  readonly unavailable?: string;
}

/** Who may attack, and what each promises, in [0, 1]; the best first. */
export type Ranking = readonly { readonly who: Candidate; readonly promise: number }[];

/** Which images the search looks at: so many of those that stand, by the luck of their ids. */
export function probed(run: BudgetedRun, { ids }: Batch, seed: number, most = 32): number[] {
  const luck = (row: number) => fold(seed, "probed", ids?.[row] ?? row);
  const drawn = standingOf(run.board).sort((a, b) => luck(a) - luck(b));
  return drawn.slice(0, most).sort((a, b) => a - b);
}

/** Where a way has a gradient at all. */
export async function look(way: Way, batch: Batch, rows: readonly number[], aim?: Labels): Promise<WayFacts> {
  const part = subset(batch, rows), held: tf.Tensor[] = [part.images, part.labels];
  try {
    const useless = releasing(() =>
      tf.tidy(() => {
        const targets = aim?.gather<Labels>(tf.tensor1d([...part.places], "int32"));
        const { images, labels } = part;
        const gradient = lossGradient(way.surrogate, images, { labels, targets }).abs();
        // The largest of NaN and a number is either, on some machines.
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

/** Whether a way leads anywhere: an attack goes on with what is finite of a gradient. */
export function isUsable({ zeroGradient = 1, notFinite = 0 }: WayFacts): boolean {
  return zeroGradient < 1 || notFinite > 0;
}

/** What is wrong with a way's gradient on some images. */
export function troubleOf({ zeroGradient = 1, notFinite = 0 }: WayFacts): "zero" | "not finite" | undefined {
  return notFinite > 0 ? "not finite" : zeroGradient > 0 ? "zero" : undefined;
}

/** What the search is given. */
export interface SearchOptions extends Task {
  /** The ways to differentiate that have a gradient. */
  readonly ways: readonly Way[];
  /** Which images are looked at. */
  readonly rows: readonly number[];
  /** What it may cost. */
  readonly allowance: number;
}

/** The share of the allowance that goes to the ways; how many of them remain. */
const FOR_WAYS = 0.3, WAYS = 3;
/** At most so many steps for a way; at least and at most so many for a candidate in the first round. */
const WAY_STEPS = 10, FEW = 8, STEPS = 20;
/** Square's queries are so many times the others' steps. */
const QUERIES = 4;

/**
 * Finds promising candidates: first ways to differentiate, by one and the same attack; then losses and step rules for the
 * best ways, as many as can be given some steps; and the better half of these once more, with twice the steps.
 *
 * It ends as soon as one of them breaks every image that is looked at. What was not tried, or came out in the first round,
 * has some promise too.
 */
export async function search(run: BudgetedRun, options: SearchOptions): Promise<Ranking> {
  const { ways, rows, allowance } = options, end = run.spent + allowance;
  const clean = rows.map((row) => run.board.margins[row]!);
  const least = 2 * rows.length; // passes of a step

  /** Each in turn with an equal share of what may be spent; how promising each is. */
  const round = async (who: readonly Candidate[], share: number, most: number, turn: number) => {
    const steps = Math.max(4, Math.min(most, Math.floor(share / who.length / least) - 2)),
      found: Found[] = [];
    for (const one of who) {
      const start = one.rule.startsWith("apgd") ? "random" as const : "original" as const;
      const plan = { phase: "search" as const, start, turn, steps: one.way ? steps : QUERIES * steps };
      const reached = await run.attempt(one, rows, { ...plan, allowance: end - run.spent });
      if (reached === undefined) continue;
      found.push({ who: one, promise: worth(clean, reached) });
      if (found.at(-1)!.promise === 1) break;
    }
    return found.sort((a, b) => b.promise - a.promise);
  };
  const over = (found: Ranking) => found[0]?.promise === 1;

  const scouts = ways.map((way) => candidate(way, "pgd", "margin"));
  const scouted = scouts.length > 0 ? await round(scouts, allowance * FOR_WAYS, WAY_STEPS, 0) : [];
  if (over(scouted)) return scouted;
  const best = scouted.length > 0 ? scouted.slice(0, WAYS).map(({ who }) => who.way!) : ways.slice(0, WAYS);
  const all = candidatesOf(best, options), affordable = Math.floor((end - run.spent) / 2 / least / FEW);
  const first = await round(all.slice(0, Math.max(1, affordable)), (end - run.spent) / 2, STEPS, 1);
  if (over(first)) return first;
  const better = first.slice(0, Math.ceil(first.length / 2)).map(({ who }) => who);
  const second = better.length > 0 ? await round(better, end - run.spent, 2 * STEPS, 2) : [];
  const kept = new Set(second.map(({ who }) => who)), tried = new Set(first.map(({ who }) => who));
  const doubtful = (way: Way | undefined) =>
    (scouted.find(({ who }) => who.way === way)?.promise ?? 0.1) * DOUBT;
  return [
    ...second,
    ...first.filter(({ who }) => !kept.has(who)).map(({ who, promise }) => ({
      who,
      promise: promise * DOUBT,
    })),
    ...all.filter((who) => !tried.has(who)).map((who) => ({ who, promise: doubtful(who.way) })),
  ].sort((a, b) => b.promise - a.promise);
}

type Found = { readonly who: Candidate; readonly promise: number };

/** What the promise of a candidate is worth that was not tried to the end. */
const DOUBT = 0.5;
