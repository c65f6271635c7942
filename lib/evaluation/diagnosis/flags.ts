import { judge, logitsOf } from "../../judge/mod.ts";
import { callable, checkSettings, count } from "../../kinds/mod.ts";
import { type Batch, type Classifier, type Logits, tf } from "../../tensor/mod.ts";
import { checkBatchOrDataset, checkFunction } from "../_arguments.ts";
import type { Flag, FlagName } from "./flags/flag.ts";
import { logitsNotFiniteFlag, notFiniteGradientsFlag, zeroGradientsFlag } from "./flags/gradients.ts";
import { probabilitiesFlag } from "./flags/probabilities.ts";
import { othersFlag, randomisedFlag } from "./flags/same_answers.ts";
import { squareStronger } from "./flags/square_stronger.ts";
import { gradientsTaken } from "./gradients_taken.ts";

export { type Flag, type FlagName, squareStronger };

/** Fields of {@linkcode flags}. */
export interface FlagsOptions {
  /** What the attacker differentiates; default: the victim. */
  readonly surrogate?: Classifier;
  /** How often the victim is asked the same. Default 5. */
  readonly draws?: number;
}

const SETTINGS = { surrogate: callable(), draws: count({ least: 1, default: 5 }) };

/**
 * What should keep one from attacking a classifier as if it were any network: AutoAttack's checks (Croce & Hein 2020,
 * `flags_doc.md` of the authors' code), on a batch of images without any attack.
 *
 * - randomised: asked five times, the number of right answers or the logits differ;
 * - probabilities: it returns a softmax (clipped, rounded or in percent, too), sigmoids, or logarithms of probabilities, where
 *   losses of attacks take logits;
 * - logits not finite: NaN or infinity among them;
 * - zero gradients: of the difference-of-logits ratio (with two classes: of the margin), at an image that is right;
 * - gradients not finite: NaN or infinity in the gradient of the cross-entropy, as the classifier has it. Where it ends in the
 *   logarithm of a softmax, the kit's attacks have a finite one (`inLogDomain`), and the flag says so;
 * - few classes: two can't be ranked by that ratio at all, three not with targets;
 * - dynamic: it takes gradients while it classifies, as defenses do that optimise their input.
 *
 * For what only shows under attack there are {@linkcode squareStronger}, {@linkcode indicators} and
 * {@linkcode measuredFindings}.
 *
 * Departure: a flag of ours is raised where an image's logits depend on the others in the batch: attacks that drop the
 * images that have fallen would not find what they look for. The gradient is looked at on the images given, not at a
 * random start. So that small outputs of an untrained network are not taken for sigmoids, the victim is shown images far
 * outside [0, 1] as well, where all its outputs lie in [0, 1].
 *
 * What is not seen: an optimisation without TensorFlow.js's gradients (by queries, by a formula, in a graph compiled
 * before), and a purification by many steps of a generative model. Know your defense.
 *
 * @param victim What is scored. One that is frozen is asked without its graph.
 * @param batch Some images and their labels.
 * @param options What the attacker differentiates.
 * @returns The flags that are raised, empty if none.
 * @throws {TypeError} Where images or labels are of another type or shape.
 * @throws {RangeError} Where there are no images, no logits are returned, no output stands for a label, or an option is
 * wrong.
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
  options: FlagsOptions = {},
): Promise<Flag[]> {
  checkFunction("victim", victim);
  checkSettings("flags", SETTINGS, options);
  checkBatchOrDataset("look for flags", batch);
  const { surrogate = victim, draws = 5 } = options, { images } = batch, answers: Logits[] = [];
  await judge(victim, batch); // which refuses labels that no output stands for
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
      ...await probabilitiesFlag(victim, images, first),
      ...await logitsNotFiniteFlag(first),
      ...await zeroGradientsFlag(surrogate, batch, first),
      ...await notFiniteGradientsFlag(surrogate, batch),
      ...classesFlag(first.shape[1]),
      ...dynamicFlag(taken),
    ];
  } finally {
    tf.dispose(answers);
  }
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
