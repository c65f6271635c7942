import type { Ball } from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import { isFallen } from "../judge/mod.ts";
import { checkSettings, object, type Setting, type Settings } from "../kinds/mod.ts";
import { adversarial, margin, minimax } from "../losses/mod.ts";
import type { Network } from "../networks/mod.ts";
import {
  type Classifier,
  compile,
  type Compiled,
  fold,
  type Images,
  type Labels,
  type Logits,
  type Parameters,
  type Progress,
  tf,
  valueAndGradients,
} from "../tensor/mod.ts";
import { resumedFitSettings } from "./fit_settings.ts";
import { checkLinf, perturb } from "./_perturbed.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { HistoryEntry } from "./history.ts";
import { trainingLoop } from "./loop.ts";
import { adam } from "./optimiser.ts";
import { sampler } from "./sampler.ts";
import { cosine } from "./schedule.ts";
import { byNames, group, type Trees, ungroup } from "./trees.ts";

/** Fields of {@link fitAdvGan}. */
export interface FitAdvGanOptions {
  /** The generator G. Its output minus the image is the perturbation. */
  readonly generator: Network<Images>;
  /** The discriminator D, from images to two logits: the kit's `detector`. */
  readonly discriminator: Network;
  /** The linf ball of the allowed images. */
  readonly ball: Ball;
  /** The target class; default: any wrong class. */
  readonly target?: number;
  /** The number of images to train on, with repeats. */
  readonly images: number;
  /** Images in a step; default 64. */
  readonly batch?: number;
  /** α, the weight of the adversarial loss beside L_GAN; default 1. */
  readonly alpha?: number;
  /** β, the weight of the hinge on the perturbation's length; default 1. */
  readonly beta?: number;
  /** c, the Euclidean length up to which the hinge is 0; default: the longest in the ball, ε √pixels. */
  readonly length?: number;
  /** κ, the margin of logits beyond which the adversarial loss is constant; default 5, so that the attack works on other images too. */
  readonly confidence?: number;
  /** Peak learning rates; default 1e-3 for the generator, 1e-4 for the discriminator. */
  readonly rates?: { readonly generator: number; readonly discriminator: number };
  /** The seed of the first weights and the order of the images. */
  readonly seed: number;
  /** Receives the number of images so far, the losses and the share of successes. */
  readonly progress?: Progress;
  /** The store for the checkpoint, which lets a stopped run resume. */
  readonly checkpoints?: CheckpointStore;
  /** Stops the run between two steps, after writing its checkpoint. */
  readonly signal?: AbortSignal;
}

/** The two trained networks. */
export interface FittedAdvGan {
  /** The generator's parameters, for {@linkcode advGan}. */
  readonly parameters: Parameters;
  /** The discriminator's parameters. */
  readonly discriminator: Parameters;
  /** The losses, and the share of images that fool the classifier (or win the target). */
  readonly history: readonly HistoryEntry[];
}

/**
 * Trains AdvGAN (Xiao et al. 2018, "Generating Adversarial Examples with Adversarial Networks"): a generator that
 * perturbs images so that a classifier is wrong and a discriminator D classifies them as real. It minimises
 *
 *     L_GAN + α L_adv + β L_hinge,   L_hinge = E max(0, ‖δ‖₂ − c),
 *
 * with Carlini & Wagner's L_adv = E max(margin of the label, −κ), or with a target the margin of all other classes over it.
 * If the victim's gradients are not known, train against a substitute of {@linkcode fitSubstitute}.
 *
 * Departure: other implementations clip the perturbation δ to ±ε, where its gradient is 0; here it is ε tanh(δ / ε). As in
 * theirs, the hinge uses δ before that, which keeps δ small enough for tanh to have a gradient. Losses are means over the
 * batch, with L_GAN the cross-entropy and L_adv on logits as in the paper. Networks and optimisers are those of the
 * kit's GCLN, and α, β, c and κ were chosen by experiments.
 *
 * @param classifier The classifier to fool, the surrogate. It is not trained.
 * @param data The training images, with their true labels.
 * @returns The parameters of both networks, which the caller frees, and the history.
 * @throws {RangeError} If the ball is not of linf, or a setting is out of its range.
 * @throws {DivergedError} If a loss becomes NaN or infinite.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { streetDigits } from "@gcln/kit/data";
 * import { detector, generator } from "@gcln/kit/networks";
 * import { type Logits, useBackend } from "@gcln/kit/tensor";
 * import { advGan, fitAdvGan } from "@gcln/kit/training";
 *
 * await useBackend();
 * const ball = linf(8 / 255), network = generator({ architecture: "generator", width: 2, channels: 3 });
 * const { parameters } = await fitAdvGan(
 *   (images) => images.mean([1, 2]) as Logits, // in practice a trained network
 *   (await streetDigits("train", { size: 8 })),
 *   {
 *     generator: network,
 *     discriminator: detector({ architecture: "detector", width: 2, channels: 3 }),
 *     ball,
 *     target: 1,
 *     images: 16,
 *     batch: 8,
 *     seed: 1,
 *   },
 * );
 * const batch = (await streetDigits("test", { size: 2 })).all();
 * assertEquals(advGan(network, parameters, { ball })(undefined, batch).shape, [2, 32, 32, 3]);
 * ```
 */
export async function fitAdvGan(
  classifier: Classifier,
  data: Dataset,
  options: FitAdvGanOptions,
): Promise<FittedAdvGan> {
  checkSettings("fitAdvGan", fitAdvGanSettings, options, [
    "generator",
    "discriminator",
    "ball",
    "images",
    "seed",
  ]);
  const { generator, discriminator, images, batch = 64, seed } = options;
  const { rates = { generator: 1e-3, discriminator: 1e-4 } } = options;
  check(options, data);
  const steps = Math.max(1, Math.round(images / batch));
  const indices = sampler(data.size, batch, fold(seed, "order"));
  const generatorRate = cosine(rates.generator), discriminatorRate = cosine(rates.discriminator);
  let run: Compiled | undefined, names: readonly string[] = [];
  try {
    const { state, history } = await trainingLoop({
      steps,
      imagesPerStep: batch,
      ...(options.progress ? { progress: options.progress } : {}),
      ...(options.checkpoints ? { checkpoints: options.checkpoints } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
      init() {
        const trees = {
          parameters: generator.init(fold(seed, "generator")),
          discriminator: discriminator.init(fold(seed, "discriminator")),
        };
        return group({
          ...trees,
          optimiser: tf.tidy(() => optimisers.generator.init(trees.parameters)),
          discriminatorOptimiser: tf.tidy(() => optimisers.discriminator.init(trees.discriminator)),
        });
      },
      step(state, index) {
        const chosen = data.batch(indices(index));
        const labels = wanted(chosen.labels, options.target);
        const rate = tf.tensor1d([generatorRate(index, steps), discriminatorRate(index, steps)]);
        const inputs = [chosen.images, labels, rate, ...Object.values(state)];
        if (run === undefined) {
          names = Object.keys(state);
          run = compile((x, y, rate, ...tensors) => {
            const trees = ungroup(byNames(names, tensors));
            const made = step(classifier, options, trees, x as Images, y as Labels, rate as tf.Tensor1D);
            return [...made.facts, ...names.map((name) => made.state[name]!)];
          }, inputs);
        }
        const [gan, adversary, hinge, fooled, judge, ...next] = run(...inputs) as tf.Scalar[];
        tf.dispose([chosen.images, chosen.labels, labels, rate]);
        return {
          facts: {
            gan: gan!,
            adversarial: adversary!,
            hinge: hinge!,
            fooled: fooled!,
            discriminator: judge!,
          },
          state: byNames(names, next),
        };
      },
    });
    const { parameters, discriminator: judge, optimiser, discriminatorOptimiser } = ungroup(state);
    tf.dispose([...Object.values(optimiser), ...Object.values(discriminatorOptimiser!)]);
    return { parameters, discriminator: judge!, history };
  } finally {
    run?.dispose();
  }
}

const { schedule: _, precision: __, ...shared } = resumedFitSettings;

/** The numbers that {@linkcode check} checks. */
const number: Setting = { wanted: "a number", accepts: (value) => typeof value === "number" };

const fitAdvGanSettings: Settings = {
  ...shared,
  generator: object("a network"),
  discriminator: object("a network"),
  ball: object("a ball such as linf(8 / 255)"),
  target: number,
  alpha: number,
  beta: number,
  length: number,
  confidence: number,
  rates: object("{ generator, discriminator }"),
};

const optimisers = {
  generator: adam({ beta2: 0.99, clipNorm: 1 }),
  discriminator: adam({ beta1: 0.5, beta2: 0.99, clipNorm: 1 }),
};

function check(
  { ball, target, alpha = 0, beta = 0, length = 0, confidence = 0 }: FitAdvGanOptions,
  data: Dataset,
) {
  checkLinf(ball);
  if (target !== undefined && !(Number.isInteger(target) && target >= 0 && target < data.classes.length)) {
    throw new RangeError(`Cannot aim at class ${target}: ${data.name} has ${data.classes.length}, from 0`);
  }
  for (const [name, value] of Object.entries({ alpha, beta, length, confidence })) {
    if (!(value >= 0 && value < Infinity)) {
      throw new RangeError(`Cannot train AdvGAN with ${name} ${value}: it must be finite and at least 0`);
    }
  }
}

/** The classes in L_adv: the labels, or the target for all images. */
function wanted(labels: Labels, target: number | undefined): Labels {
  return target === undefined ? labels.clone() : tf.fill(labels.shape, target, "int32");
}

/** One step of both networks, pure: images, classes, rates and state in; facts and the next state out. */
function step(
  classifier: Classifier,
  options: FitAdvGanOptions,
  trees: Trees,
  x: Images,
  classes: Labels,
  rate: tf.Tensor1D,
) {
  const { generator, discriminator, ball, target, alpha = 1, beta = 1, confidence = 5 } = options;
  const [, ...shape] = x.shape, pixels = tf.util.sizeFromShape(shape);
  const { length = ball.epsilon * Math.sqrt(pixels) } = options;
  const judge = trees.discriminator!;
  const { gradients, aux } = valueAndGradients((weights) => {
    const { attacked, unbounded } = perturb(generator, weights, ball, x);
    const logits = classifier(attacked), behind = margin(logits, classes).mul(target === undefined ? -1 : 1);
    const gan = adversarial(discriminator.apply(judge, attacked));
    const adversary = behind.maximum(-confidence).mean() as tf.Scalar;
    // At 0 the gradient of the norm would be NaN. The lower bound makes it 0.
    const size = unbounded.square().sum([1, 2, 3]).maximum(1e-20).sqrt();
    const hinge = size.sub(length).relu().mean() as tf.Scalar;
    const fooled = isFallen(logits, classes, target === undefined ? undefined : classes).cast("float32")
      .mean();
    return {
      loss: gan.add(adversary.mul(alpha)).add(hinge.mul(beta)) as tf.Scalar,
      aux: { gan, adversary, hinge, fooled, attacked },
    };
  }, trees.parameters);
  const judged = valueAndGradients((weights) => ({
    loss: minimax(
      discriminator.apply(weights, x) as Logits,
      discriminator.apply(weights, aux.attacked as Images) as Logits,
    ).neg() as tf.Scalar,
    aux: {},
  }), judge);
  const [generatorRate, judgeRate] = [rate.slice(0, 1).asScalar(), rate.slice(1, 1).asScalar()];
  const next = optimisers.generator.update(trees.parameters, gradients, trees.optimiser, generatorRate);
  const nextJudge = optimisers.discriminator.update(
    judge,
    judged.gradients,
    trees.discriminatorOptimiser!,
    judgeRate,
  );
  return {
    facts: [aux.gan!, aux.adversary!, aux.hinge!, aux.fooled!, judged.value],
    state: group({
      parameters: next.parameters,
      discriminator: nextJudge.parameters,
      optimiser: next.state,
      discriminatorOptimiser: nextJudge.state,
    }),
  };
}
