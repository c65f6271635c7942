import { type AttackLoss, logitsOf, lossGradient } from "../attacks/mod.ts";
import { type Batch, type Classifier, type Images, type Logits, tf } from "../tensor/mod.ts";
import { gradientsTaken } from "./_gradients_taken.ts";
import { percent } from "./_said.ts";
import type { Finding } from "./finding.ts";
import { type Measurement, worstCase } from "./measure.ts";

/** What a flag is raised for. */
export type FlagName =
  | "randomised"
  | "other images matter"
  | "probabilities"
  | "zero gradients"
  | "few classes"
  | "dynamic"
  | "square";

/** A finding, and the flag behind it. */
export interface Flag extends Finding {
  /** What was raised. */
  readonly flag: FlagName;
}

/** Fields of {@linkcode flags}. */
export interface FlagsOptions {
  /** What the attacker differentiates; default: the victim. */
  readonly surrogate?: Classifier;
  /** How often the victim is asked the same. Default 5. */
  readonly draws?: number;
}

/** By how much answers to the same images may differ, once the logits are scaled to length 1. */
const SAME = 1e-4;
/** By how much probabilities may leave [0, 1], and their sum 1. */
const PROBABLE = 1e-5;
/** How many points Square may add to what white-box attacks have done, as a fraction. */
const SQUARE_MARGIN = 0.002 + 1e-9;
/** From this share of images on, a zero gradient decides the number. */
const MANY_IMAGES = 0.1;

/**
 * What should keep one from attacking a classifier as if it were any network: AutoAttack's checks (Croce & Hein 2020,
 * `flags_doc.md` of the authors' code), on a batch of images without any attack.
 *
 * - randomised: asked five times, the number of right answers or the logits differ;
 * - probabilities: it returns a softmax, which hides small gradients;
 * - zero gradients: of the difference-of-logits ratio (with two classes: of the margin), at an image that is right;
 * - few classes: two can't be ranked by that ratio at all, three not with targets;
 * - dynamic: it takes gradients while it classifies, as defenses do that optimise their input.
 *
 * For what only shows under attack there are {@linkcode squareStronger}, {@linkcode indicators} and
 * {@linkcode measuredFindings}.
 *
 * Departure: a flag of ours is raised where an image's logits depend on the others in the batch: attacks that drop the
 * images that have fallen would not find what they look for. The gradient is looked at on the images given, not at a
 * random start.
 *
 * What is not seen: an optimisation without TensorFlow.js's gradients (by queries, by a formula, in a graph compiled
 * before), and a purification by many steps of a generative model. Know your defense.
 *
 * @param victim What is scored. One that is frozen is asked without its graph.
 * @param batch Some images and their labels.
 * @param options What the attacker differentiates.
 * @returns The flags that are raised, empty if none.
 * @throws {RangeError} Where there are no images, or no logits are returned.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { flags } from "@gcln/kit/evaluation";
 * import { type Images, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const victim = (images: Images) => images.round().reshape([-1, 4]).softmax() as tf.Tensor2D;
 * const batch = { images: tf.tensor4d([0.9, 0.1, 0.2, 0.7], [1, 1, 1, 4]), labels: tf.tensor1d([0], "int32") };
 * const raised = await flags(victim, batch);
 * assertEquals(raised.map(({ flag }) => flag), ["probabilities", "zero gradients"]);
 * ```
 */
export async function flags(
  victim: Classifier,
  batch: Batch,
  { surrogate = victim, draws = 5 }: FlagsOptions = {},
): Promise<Flag[]> {
  const { images } = batch;
  if (images.shape[0] === 0) throw new RangeError("Cannot look for flags without images");
  const answers: Logits[] = [];
  try {
    const taken = gradientsTaken(() => {
      for (let draw = 0; draw < Math.max(2, draws); draw++) {
        answers.push(tf.tidy(() => logitsOf(victim, images).clone()));
      }
    });
    const [first] = answers as [Logits];
    const randomised = await randomisedFlag(answers, batch);
    return [
      ...randomised,
      ...(randomised.length > 0 ? [] : await othersFlag(victim, images, first)),
      ...await probabilitiesFlag(first),
      ...await zeroFlag(surrogate, batch, first),
      ...classesFlag(first.shape[1]),
      ...dynamicFlag(taken),
    ];
  } finally {
    tf.dispose(answers);
  }
}

/** The logits scaled to length 1. */
function scaled(logits: tf.Tensor): tf.Tensor {
  return logits.div(logits.norm(2, 1, true).add(1e-10));
}

/** How far the scaled logits of an image are apart at most. */
function apart(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return scaled(a).sub(scaled(b)).norm(2, 1).max();
}

async function numbersOf(f: () => tf.Tensor[]): Promise<number[]> {
  const stacked = tf.tidy(() => tf.stack(f().map((value) => value.cast("float32"))));
  try {
    return [...await stacked.data()];
  } finally {
    stacked.dispose();
  }
}

async function randomisedFlag(answers: readonly Logits[], { labels }: Batch): Promise<Flag[]> {
  const right = await numbersOf(() => answers.map((logits) => logits.argMax(1).equal(labels).sum()));
  const differences = await numbersOf(() =>
    answers.flatMap((a, i) => answers.slice(i + 1).map((b) => apart(a, b)))
  );
  const difference = Math.max(...differences), least = Math.min(...right), most = Math.max(...right);
  if (least === most && difference <= SAME) return [];
  return [{
    flag: "randomised",
    severity: "serious",
    message: `Asked the same ${answers.length} times, the classifier gets ${
      least === most ? least : `${least} to ${most}`
    } of ${labels.size} images right, and its logits differ by up to ${percent(difference)} of their length.`,
    remedy:
      "Attack the expectation over its draws (EOT), with draws enough that more change nothing; score with other " +
      "draws than those that were attacked, several of them.",
  }];
}

async function othersFlag(victim: Classifier, images: Images, together: Logits): Promise<Flag[]> {
  const count = images.shape[0];
  if (count < 2) return [];
  const [difference] = await numbersOf(() => {
    const part = Math.ceil(count / 2);
    const alone = logitsOf(victim, images.slice([0, 0, 0, 0], [part, -1, -1, -1]));
    return [apart(alone, together.slice([0, 0], [part, -1]))];
  });
  if (difference! <= SAME) return [];
  return [{
    flag: "other images matter",
    severity: "serious",
    message:
      `Half of the batch alone gets other logits, by up to ${percent(difference!)} of their length: an ` +
      "image's answer depends on the images beside it.",
    remedy:
      "Take batch norms' stored averages, not the batch's own; else attack and score images one by one.",
  }];
}

async function probabilitiesFlag(logits: Logits): Promise<Flag[]> {
  const [least, most, off] = await numbersOf(() => [
    logits.min(),
    logits.max(),
    logits.sum(1).sub(1).abs().max(),
  ]);
  if (!(least! > -PROBABLE && most! < 1 + PROBABLE && off! < PROBABLE)) return [];
  return [{
    flag: "probabilities",
    severity: "serious",
    message:
      `The classifier returns probabilities, not logits: all lie in [0, 1], and each image's sum up to 1.`,
    remedy:
      "Leave out the softmax: where it is sure its gradient vanishes, and the losses of attacks apply their own.",
  }];
}

async function zeroFlag(surrogate: Classifier, { images, labels }: Batch, logits: Logits): Promise<Flag[]> {
  const ranked = logits.shape[1] > 2, loss: AttackLoss = ranked ? "dlr" : "margin";
  const [zeros, attacked] = await numbersOf(() => {
    const right = logits.argMax(1).equal(labels); // where the label comes third the ratio is 1, whatever the image
    const gradient = lossGradient(surrogate, images, { labels, loss });
    return [gradient.abs().max([1, 2, 3]).equal(0).logicalAnd(right).sum(), right.sum()];
  });
  if (zeros === 0) return [];
  const share = zeros! / attacked!;
  return [{
    flag: "zero gradients",
    severity: share < MANY_IMAGES ? "warning" : "serious",
    message:
      `The attacker's gradient is exactly zero on ${
        percent(share)
      } of the images that are classified right; ` +
      `it is that of ${
        ranked ? "the difference-of-logits ratio" : "the margin"
      }, so not because of a large scale.`,
    remedy:
      "Put a gradient in the place of the one that vanishes: pass rounding straight through (BPDA). Add an attack " +
      "by queries alone (Square).",
  }];
}

function classesFlag(classes: number): Flag[] {
  if (classes > 3) return [];
  return [{
    flag: "few classes",
    severity: "note",
    message: `With ${classes} classes the difference-of-logits ratio is not defined${
      classes > 2 ? " for targets" : ""
    }: it takes ${classes > 2 ? "four" : "three, with targets four"}.`,
    remedy: `Attack the margin instead${classes > 2 ? " where there are targets" : ""}.`,
  }];
}

function dynamicFlag(taken: number): Flag[] {
  if (taken === 0) return [];
  return [{
    flag: "dynamic",
    severity: "serious",
    message:
      `The classifier takes gradients while it classifies: ${taken} in the same question, asked several times.`,
    remedy:
      "It is likely to optimise its input or itself. Attack it adaptively: differentiate through its steps, or an " +
      "approximation of them (BPDA), and transfer from the network inside.",
  }];
}

/**
 * AutoAttack's last check: Square, which takes no gradient, brings the worst case over white-box attacks down by more
 * than 0.2 points.
 *
 * @param whiteBox What attacks by gradients leave, at least one.
 * @param square What Square leaves of the same images.
 * @returns The flag, or nothing.
 * @throws {RangeError} Where there is no white-box measurement, or they are not of equally many images.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { squareStronger } from "@gcln/kit/evaluation";
 *
 * const pgd = { correct: [true, true, false] }, square = { correct: [true, false, true] };
 * assertEquals(squareStronger([pgd], square)?.flag, "square");
 * assertEquals(squareStronger([pgd, { correct: [true, false, true] }], square), undefined);
 * ```
 */
export function squareStronger(
  whiteBox: readonly Pick<Measurement, "correct">[],
  square: Pick<Measurement, "correct">,
): Flag | undefined {
  if (whiteBox.length === 0) throw new RangeError("Cannot compare Square with no white-box attack");
  const left = (of: readonly Pick<Measurement, "correct">[]) => {
    const { correct } = worstCase(of.map(({ correct }) => ({ correct, seconds: 0 })));
    return correct.filter(Boolean).length / correct.length;
  };
  const without = left(whiteBox), including = left([...whiteBox, square]);
  if (without - including <= SQUARE_MARGIN) return undefined;
  return {
    flag: "square",
    severity: "serious",
    message:
      `White-box attacks together leave ${percent(without)} right; Square, which takes no gradient, brings ` +
      `that down to ${percent(including)}.`,
    remedy:
      "The gradient is likely to be masked. Put another in its place (BPDA), give Square more queries and " +
      "restarts, and read the smaller number as an upper bound.",
  };
}
