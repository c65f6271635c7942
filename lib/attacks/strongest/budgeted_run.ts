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
import { placesFor, runActive, subset } from "../active_set.ts";
import type { AnyBall, Radius } from "../steps/ball.ts";
import { square } from "../square.ts";

/** One attempt of a candidate. */
export interface Trial {
  /** Its name: way to differentiate, step rule and loss. */
  readonly candidate: string;
  /** Whether it was tried out on a few images, or sent against all that stood. */
  readonly phase: "search" | "attack";
  /** On how many images. */
  readonly images: number;
  /** Steps; queries for square. */
  readonly steps: number;
  /** Where it started. */
  readonly start: "original" | "random" | "best so far";
  /** How many of its images it broke that stood until then. */
  readonly broke: number;
  /** What it cost, in images shown to classifiers, forwards or back. */
  readonly passes: number;
}

/** What does not change in a run. */
export interface Ground {
  /** Who judges; its passes are counted. */
  readonly victim: Classifier;
  readonly batch: Batch;
  readonly ball: AnyBall;
  readonly targets: Labels | undefined;
  /** The wrong classes of each image, the likeliest first. */
  readonly wrong: readonly (readonly number[])[];
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** What is to be attempted. */
export interface Plan extends Pick<Trial, "phase" | "steps" | "start"> {
  /** The candidate's how manyth attempt this is, from 0; draws differ, and so does the class that is gone for. */
  readonly turn: number;
  /** What it may cost at most. */
  readonly allowance: number;
}

/** Fewer steps than these are not worth an attempt. */
const FEWEST = 4;

/** Attempts on a batch, one after the other: what they reached, what they cost, and what of the budget is left. */
export class BudgetedRun {
  readonly #ground: Ground;
  readonly #begun: number;
  /** What has been reached. */
  board: Scoreboard;
  /** What has been tried. */
  readonly tried: Trial[] = [];

  /**
   * @param ground What does not change.
   * @param board What has been reached before; the run's from now on.
   * @param begun How many passes there were when the budget began.
   */
  constructor(ground: Ground, board: Scoreboard, begun: number) {
    this.#ground = ground;
    this.board = board;
    this.#begun = begun;
  }

  /** How many images have been shown to classifiers. */
  get spent(): number {
    return allPasses() - this.#begun;
  }

  /**
   * Lets a candidate attack some images.
   *
   * @param who The candidate.
   * @param rows Which images of the batch.
   * @param plan How.
   * @returns The margins that it reached, or undefined where the allowance is too small.
   */
  async attempt(who: Candidate, rows: readonly number[], plan: Plan): Promise<readonly number[] | undefined> {
    const { victim, batch, ball, targets, signal } = this.#ground;
    await pause();
    signal?.throwIfAborted();
    const room = placesFor(rows.length, batch.images.shape[0]);
    const affordable = Math.min(plan.steps, stepsFor(who, room, plan.allowance));
    const steps = who.rule === "fgs" ? 1 : affordable;
    if (steps < Math.min(plan.steps, FEWEST)) return undefined;
    if (mostPasses(who, room, steps) > plan.allowance) return undefined;
    const before = this.spent, stood = this.board.brokenBy;
    const part = subset(batch, rows), epsilon = epsilonOf(ball, part.places);
    const held = tf.tidy(() => this.#held(part.places, plan.turn));
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

  /** What goes along with the images in these places. */
  #held(places: readonly number[], turn: number): { best: Images; towards: Labels; targets: Labels } {
    const { targets, batch, wrong } = this.#ground, rows = tf.tensor1d([...places], "int32");
    const classes = places.map((row) => wrong[row]![turn % wrong[row]!.length]!);
    return {
      best: this.board.best.gather(rows),
      towards: tf.tensor1d(classes, "int32"),
      targets: (targets ?? batch.labels).gather(rows),
    };
  }
}

/** All images that were shown to classifiers, forwards or back. */
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
  if (who.way === undefined) return square(victim, part, { ball, queries, seed, ...aim });
  const { surrogate, values } = who.way, judge = values === "the victim's" ? surrogate : victim;
  return runActive(stepsOf(who, how), surrogate, part, { victim: judge, signal, ...aim })
    .then(({ images }) => images);
}

/** The radii of the images in these places. */
function epsilonOf({ epsilon }: AnyBall, places: readonly number[]): Radius {
  if (typeof epsilon === "number") return epsilon;
  if (!(epsilon instanceof tf.Tensor)) return places.map((row) => epsilon[row]!);
  if (epsilon.rank === 0 || epsilon.shape[0] === 1) return epsilon.clone();
  return tf.tidy(() => epsilon.gather(tf.tensor1d([...places], "int32")));
}
