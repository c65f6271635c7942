import { count, type Settings, size, word } from "../kinds/mod.ts";
import { type Batch, type Classifier, type Images, pause, tf } from "../tensor/mod.ts";
import { halvings, toBoundary } from "./hop_skip_jump/boundary_search.ts";
import { decides, type Question } from "./hop_skip_jump/decision.ts";
import { decisionGradient } from "./hop_skip_jump/decision_gradient.ts";
import { type SearchBegin, searchStart } from "./hop_skip_jump/search_start.ts";
import { type Attack, defineAttack, type SpecOf } from "./attack.ts";
import { seed, tensor } from "./steps/attack_options.ts";
import { distance, project, steepest } from "./steps/ball.ts";
import { checkBatch } from "./steps/check_batch.ts";
import { imageSeeds } from "./steps/image_seeds.ts";
import { farIfFailed, type MinimalOptions, type MinimalResult, minimalSettings } from "./steps/minimal.ts";

/** How {@linkcode hopSkipJump} searches. */
export interface HopSkipJumpOptions extends Omit<MinimalOptions, "confidence"> {
  /** How distances are measured. Default `"l2"`. */
  readonly norm?: "l2" | "linf";
  /** How many steps there are at most. Default 64. */
  readonly steps?: number;
  /** How often the victim may be asked about each image. Default 10 000. */
  readonly queries?: number;
  /** B_0: how many samples the first gradient takes; that of step t takes B_0 √t. Default 100. */
  readonly initialSamples?: number;
  /** How many samples a gradient takes at most. Default 10 000. */
  readonly maxSamples?: number;
  /**
   * γ: how much further away decisions are asked for, δ = γ ‖x − x_orig‖ / d, and how much less exactly the boundary is found.
   * Default 1; more for a victim that rounds its images, to which a small δ makes no difference.
   */
  readonly gamma?: number;
  /**
   * Images to begin with, `[n, h, w, c]` in [0, 1], that are classified as the attacker wants; where one is not, and without
   * them, noise is drawn. With targets noise seldom will do.
   */
  readonly starts?: Images;
  /** How often noise is drawn at most until it is what the attacker wants. Default 1000. */
  readonly draws?: number;
  /** How many draws there are from that one on: the search begins with the one nearest to the boundary. Default 5. */
  readonly tries?: number;
  /** Fixes the draws. Default 0. */
  readonly seed?: number;
}

/** What {@linkcode hopSkipJump} finds, and at what price. */
export type HopSkipJumpResult = MinimalResult & {
  /** How often the victim was asked about each image. */
  readonly queries: readonly number[];
};

/** {@linkcode hopSkipJump} as data. */
export type HopSkipJumpSpec = SpecOf<"hopSkipJump", Omit<HopSkipJumpOptions, "starts">>;

const { confidence: _, ...plain } = minimalSettings;
const settings: Settings = {
  ...plain,
  norm: word(["l2", "linf"], { default: "l2" }),
  steps: count({ default: 64 }),
  queries: count({ least: 1, default: 10_000 }),
  initialSamples: count({ least: 2, default: 100 }),
  maxSamples: count({ least: 2, default: 10_000 }),
  gamma: size({ above: 0, default: 1 }),
  starts: tensor,
  draws: count({ default: 1000 }),
  tries: count({ least: 1, default: 5 }),
  seed,
};

async function attack(
  victim: Classifier,
  batch: Batch,
  options: HopSkipJumpOptions = {},
): Promise<HopSkipJumpResult> {
  const { norm = "l2", steps = 64, queries = 10_000, initialSamples = 100, maxSamples = 10_000, gamma = 1 } =
    options;
  const { ball, targets, starts, draws = 1000, tries = 5, seed = 0, signal } = options,
    { images: original } = batch;
  await checkBatch(batch, { surrogate: victim, targets });
  if (starts && !tf.util.arraysEqual(starts.shape, original.shape)) {
    throw new RangeError(`Cannot start from images [${starts.shape}] for images [${original.shape}]`);
  }
  const count = original.shape[0], all = Array.from({ length: count }, (_, i) => i);
  if (count === 0) {
    return { images: original.clone(), success: tf.zeros([0], "bool"), distance: tf.zeros([0]), queries: [] };
  }
  const question: Question = { aim: targets ? "towards" : "away from", classes: targets ?? batch.labels };
  const pixels = original.size / count, times = halvings(norm, pixels, gamma);
  const given = tf.tidy(() => decides(victim, original, question)), already = await flags(given);
  given.dispose();
  const spent = all.map(() => 1);

  const room = queries - times - SPARE;
  const asked = { norm, starts, question, already, spent, queries: room, draws, tries, seed, signal };
  const start = await searchStart(victim, batch, asked);
  const found = all.map((i) => already[i]! || start.found[i]!);
  const search: Search = { victim, batch, question, norm, times, spent, queries };
  let state: State;
  try {
    state = toStart(search, start);
  } finally {
    start.images.dispose();
  }
  try {
    for (let t = 1; t <= steps; t++) {
      await pause(signal);
      const samples = Math.min(Math.round(initialSamples * Math.sqrt(t)), maxSamples);
      const left = spent.map((of) => queries - of - times - SPARE);
      const active = all.map((i) => start.found[i]! && left[i]! >= samples / 4);
      if (!active.some(Boolean)) break;
      const direction = tf.tidy(() => {
        const reach = t === 1 ? tf.fill([count], 0.1) : state.far.mul(gamma / pixels);
        const seeds = (stretch: number) => imageSeeds(batch, seed, "hopSkipJump", t, stretch);
        const each = all.map((i) => active[i] ? Math.min(samples, left[i]!) : 0);
        all.forEach((i) => spent[i]! += each[i]!);
        const around = { ...question, norm, reach: reach.maximum(1e-6) as tf.Tensor1D, samples: each, seeds };
        return steepest({ norm }, decisionGradient(victim, state.current, around));
      });
      try {
        state = await jumped(search, state, { direction, t, active, signal });
      } finally {
        direction.dispose();
      }
    }
    const [images, success] = tf.tidy(() => {
      if (!ball) return [state.best.clone(), tf.tensor1d(found, "bool")];
      const brought = project(ball, original, state.best);
      spent.forEach((_, i) => spent[i]! += 1);
      return [brought, decides(victim, brought, question)];
    });
    const [result, far] = tf.tidy(() => {
      const result = tf.where<Images>(success.reshape([-1, 1, 1, 1]), images, original);
      return [result, farIfFailed(success as tf.Tensor1D, distance(norm, result, original))];
    });
    images.dispose();
    return { images: result, success: success as tf.Tensor1D, distance: far, queries: spent };
  } finally {
    tf.dispose(Object.values(state));
  }
}

/**
 * HopSkipJump (Chen, Jordan & Wainwright 2020, Algorithm 2): a small change that is misclassified, found by somebody who is
 * told the class and nothing else. No gradient and no margin is looked at, so that nothing can be hidden from it.
 *
 * It begins with uniform noise that is misclassified. Then, step by step: to the boundary by halving the way to the image;
 * the direction of the gradient there from B_0 √t decisions at a distance of δ = γ ‖x − x_orig‖ / d (0.1 in the first step),
 * less their mean; a step along it (l2) or its sign (linf) of ‖x − x_orig‖ / √t, halved until the image is misclassified.
 *
 * What is drawn for an image depends on the seed and its id, not on the batch. Decisions at a distance of δ tell little of a
 * victim that rounds its images in larger steps: there `gamma: 100` comes nearer.
 *
 * Departure: of five noises that which is nearest to the boundary begins, by four halvings of the way; the paper takes the
 * first. The nearest point on the way is returned, not the last. The way to the boundary is halved 20 times at most. A step
 * that was halved 25 times is given up. Where fewer queries are left than a gradient should take, it makes do with them,
 * unless they are less than a quarter. An image that is misclassified already is a success at distance 0; one without a
 * start comes back as it was, with `success` false and an infinite distance. What is found outside a ball is brought into it and judged anew (one
 * more query).
 *
 * @param victim What is asked, images `[n, h, w, c]` to logits `[n, classes]`, of which only the largest counts.
 * @param batch Images in [0, 1] and their true classes.
 * @param options The norm, and how often to ask.
 * @returns The images, which of them succeeded, how far they are from the originals, and the queries.
 * @throws {RangeError} Where the victim does not return logits, the norm is another, or numbers do not fit.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { hopSkipJump } from "@gcln/kit/attacks";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // Class 1 where the image is bright, and not a word on how bright it is.
 * const classifier = (x: tf.Tensor4D) => tf.oneHot(x.mean([1, 2, 3]).greater(0.5).cast("int32"), 2) as tf.Tensor2D;
 * const batch = { images: tf.fill([1, 2, 2, 1], 0.4) as tf.Tensor4D, labels: tf.tensor1d([0], "int32") };
 * const { distance } = await hopSkipJump(classifier, batch, { queries: 500 });
 * assertAlmostEquals((await distance.data())[0]!, 0.2, 0.02);
 * ```
 */
export const hopSkipJump: Attack<
  (victim: Classifier, batch: Batch, options?: HopSkipJumpOptions) => Promise<HopSkipJumpResult>,
  HopSkipJumpSpec
> = defineAttack(attack, {
  name: "hopSkipJump",
  title: "HopSkipJump",
  source: "Chen, Jordan & Wainwright 2020",
  asks: "decisions",
  needsVictim: true,
  norms: ["linf", "l2"],
  settings,
  run: (surrogate, batch, settings, { victim = surrogate }) =>
    attack(victim, batch, { norm: settings.ball.norm as "linf" | "l2", ...settings }),
  examples: ({ queries }) => ({ "HopSkipJump": { queries } }),
});

/** How many queries are left for what takes a few: a step that has to be halved, a start that is nearly too late. */
const SPARE = 5;
/** How often a step is halved. */
const HALVINGS = 25;

/** What does not change. */
interface Search {
  readonly victim: Classifier;
  readonly batch: Batch;
  readonly question: Question;
  readonly norm: "l2" | "linf";
  /** How often the way to the boundary is halved. */
  readonly times: number;
  /** How often the victim was asked about each image: this does change. */
  readonly spent: number[];
  readonly queries: number;
}

type State = {
  /** At the boundary, `[n, h, w, c]`, and how far from the image, `[n]`. */
  readonly current: Images;
  readonly far: tf.Tensor1D;
  /** The nearest so far. */
  readonly best: Images;
  readonly nearest: tf.Tensor1D;
};

async function flags(values: tf.Tensor1D): Promise<boolean[]> {
  return Array.from(await values.data(), Boolean);
}

function mask(values: readonly boolean[]): tf.Tensor {
  return tf.tensor(values.map(Number), [values.length, 1, 1, 1], "bool");
}

/** From where the search begins to the boundary. */
function toStart(
  { victim, batch: { images: original }, question, norm, times, spent }: Search,
  { images, found }: SearchBegin,
): State {
  found.forEach((is, i) => spent[i]! += is ? times : 0);
  return tf.tidy(() => {
    const boundary = toBoundary(victim, original, images, { ...question, norm, times });
    const current = tf.where(mask(found), boundary, original), far = distance(norm, current, original);
    return { current, far, best: current.clone(), nearest: far.clone() };
  });
}

/** Along the direction as far as that is what the attacker wants, and back to the boundary. */
async function jumped(
  { victim, batch: { images: original }, question, norm, times, spent, queries }: Search,
  state: State,
  { direction, t, active, signal }: {
    readonly direction: Images;
    readonly t: number;
    readonly active: readonly boolean[];
    readonly signal: AbortSignal | undefined;
  },
): Promise<State> {
  const pending = [...active], landed = active.map(() => false);
  let there = state.current.clone();
  try {
    for (let halving = 0; halving < HALVINGS && pending.some(Boolean); halving++) {
      await pause(signal);
      const open = [...pending];
      const [proposal, wanted] = tf.tidy(() => {
        const size = state.far.reshape([-1, 1, 1, 1]).div(Math.sqrt(t) * 2 ** halving); //    ξ
        const proposal = state.current.add(direction.mul(size)).clipByValue(0, 1) as Images;
        return [proposal, decides(victim, proposal, question)];
      });
      const said = await flags(wanted), before = there;
      open.forEach((is, i) => {
        if (!is) return;
        spent[i]! += 1;
        landed[i] = said[i]!;
        pending[i] = !said[i]! && spent[i]! + times < queries;
      });
      there = tf.tidy(() => tf.where(mask(open.map((is, i) => is && said[i]!)), proposal, before) as Images);
      tf.dispose([proposal, wanted, before]);
    }
    landed.forEach((is, i) => spent[i]! += is ? times : 0);
    const next = tf.tidy((): State => {
      const boundary = toBoundary(victim, original, there, { ...question, norm, times });
      const current = tf.where(mask(landed), boundary, state.current),
        far = distance(norm, current, original);
      const nearer = far.less(state.nearest);
      return {
        current,
        far,
        best: tf.where(nearer.reshape([-1, 1, 1, 1]), current, state.best),
        nearest: tf.where(nearer, far, state.nearest),
      };
    });
    tf.dispose(Object.values(state));
    return next;
  } finally {
    there.dispose();
  }
}
