import {
  type Batch,
  type Classifier,
  fold,
  type Images,
  type Labels,
  passes,
  pause,
  tf,
} from "../../tensor/mod.ts";
import { type Attempt, type Candidate, mostPasses, stepsFor, stepsOf } from "./candidates.ts";
import { after, marginsOf, type Scoreboard } from "./scoreboard.ts";
import { batchSizeFor, runActive, subset } from "../active_set.ts";
import type { AnyBall, Radius } from "../steps/ball.ts";
import { square } from "../square.ts";

/** One attempt of a candidate. */
export interface Trial {
  /** Its name: gradient replacement, step rule and loss. */
  readonly candidate: string;
  /** `search`: on a few images, to rank the candidates; `attack`: on all images that stood. */
  readonly phase: "search" | "attack";
  /** The number of images. */
  readonly images: number;
  /** The number of steps; of queries for square. */
  readonly steps: number;
  /** Its start. */
  readonly start: "original" | "random" | "best so far";
  /** The number of images that stood before and that it broke. */
  readonly broke: number;
  /** Its cost in passes: images shown to classifiers, forward or backward. */
  readonly passes: number;
}

/** The parts of a run that do not change. */
export interface Ground {
  /** The victim, with its passes counted. */
  readonly victim: Classifier;
  readonly batch: Batch;
  readonly ball: AnyBall;
  readonly targets: Labels | undefined;
  /** The wrong classes of each image, the likeliest first. */
  readonly wrong: readonly (readonly number[])[];
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** The settings of an attempt. */
export interface Plan extends Pick<Trial, "phase" | "steps" | "start"> {
  /** The number of the candidate's attempts before this one. It changes the random numbers. */
  readonly turn: number;
  /** Which of the likeliest wrong classes "apgd towards" aims at; 0 is the likeliest. */
  readonly rank: number;
  /** The largest number of passes. */
  readonly allowance: number;
}

/** The smallest number of steps of an attempt. */
const FEWEST = 4;

/** Runs attempts on a batch, one after the other, and records their results and their passes. */
export class BudgetedRun {
  readonly #ground: Ground;
  readonly #begun: number;
  /** The best results so far. */
  board: Scoreboard;
  /** All attempts so far. */
  readonly tried: Trial[] = [];

  /**
   * @param ground The parts that do not change.
   * @param board The first results, which belong to the run from now on.
   * @param begun The number of passes at the start of the budget.
   */
  constructor(ground: Ground, board: Scoreboard, begun: number) {
    this.#ground = ground;
    this.board = board;
    this.#begun = begun;
  }

  /** The number of passes so far. */
  get spent(): number {
    return allPasses() - this.#begun;
  }

  /**
   * Lets a candidate attack some images.
   *
   * @param who The candidate.
   * @param rows The rows of the images.
   * @param plan The settings.
   * @returns The leads that it reached, or undefined if the allowance is too small.
   */
  async attempt(who: Candidate, rows: readonly number[], plan: Plan): Promise<readonly number[] | undefined> {
    const { victim, batch, ball, targets, signal } = this.#ground;
    await pause(signal);
    const room = batchSizeFor(rows.length, batch.images.shape[0]);
    const affordable = Math.min(plan.steps, stepsFor(who, room, plan.allowance));
    const steps = who.rule === "fgs" ? 1 : affordable;
    if (steps < Math.min(plan.steps, FEWEST)) return undefined;
    if (mostPasses(who, room, steps) > plan.allowance) return undefined;
    const before = this.spent, stood = this.board.brokenBy;
    const part = subset(batch, rows), epsilon = epsilonOf(ball, part.paddedRows);
    const held = tf.tidy(() => this.#held(part.paddedRows, plan.rank));
    const { best, towards } = held, aim = targets && held.targets;
    try {
      const seed = fold(this.#ground.seed, "strongest", who.name, plan.turn);
      const how: Attempt = {
        ...{ ball: { ...ball, epsilon }, steps, start: plan.start, seed, best, towards },
        targets: aim,
      };
      const images = await attacked(who, part, how, { victim, signal });
      try {
        const margins = await marginsOf(victim, images, part.labels, aim);
        this.board = after(this.board, rows, images, margins, who.name);
        const broke = rows.filter((row) => stood[row] === null && this.board.brokenBy[row] !== null).length;
        const { phase, start } = plan, cost = this.spent - before;
        this.tried.push({
          ...{ candidate: who.name, phase, images: rows.length, steps, start, broke },
          passes: cost,
        });
        return rows.map((_, i) => margins[i]!);
      } finally {
        images.dispose();
      }
    } finally {
      tf.dispose([part.images, part.labels, Object.values(held)]);
      if (epsilon instanceof tf.Tensor) epsilon.dispose();
    }
  }

  /** The best images, other classes and targets of these rows. */
  #held(paddedRows: readonly number[], rank: number): { best: Images; towards: Labels; targets: Labels } {
    const { targets, batch, wrong } = this.#ground, rows = tf.tensor1d([...paddedRows], "int32");
    const classes = paddedRows.map((row) => wrong[row]![rank % wrong[row]!.length]!);
    return {
      best: this.board.best.gather(rows),
      towards: tf.tensor1d(classes, "int32"),
      targets: (targets ?? batch.labels).gather(rows),
    };
  }
}

/** The number of all passes in this process, forward and backward. */
export function allPasses(): number {
  const { forward, backward } = passes();
  return forward + backward;
}

function attacked(
  who: Candidate,
  part: Batch,
  how: Attempt,
  { victim, signal }: Pick<Ground, "victim" | "signal">,
): Promise<Images> {
  const { ball, targets, steps: queries, seed } = how, aim = targets ? { targets } : {};
  if (who.replacement === undefined) {
    return square(victim, part, { ball, queries, seed, ...aim, ...(signal ? { signal } : {}) });
  }
  const { surrogate, values } = who.replacement, judge = values === "the victim's" ? surrogate : victim;
  return runActive(stepsOf(who, how), surrogate, part, { victim: judge, signal, ...aim })
    .then(({ images }) => images);
}

/** The radii of the images in these rows. */
function epsilonOf({ epsilon }: AnyBall, paddedRows: readonly number[]): Radius {
  if (typeof epsilon === "number") return epsilon;
  if (!(epsilon instanceof tf.Tensor)) return paddedRows.map((row) => epsilon[row]!);
  if (epsilon.rank === 0 || epsilon.shape[0] === 1) return epsilon.clone();
  return tf.tidy(() => epsilon.gather(tf.tensor1d([...paddedRows], "int32")));
}
