import { type Ball, bounds, clip, radii } from "../../attacks/mod.ts";
import type { Augmentation, Dataset } from "../../data/mod.ts";
import { isReadAs } from "../../judge/mod.ts";
import { checkSettings, count, object, type Settings, size } from "../../kinds/mod.ts";
import { crossEntropy } from "../../losses/mod.ts";
import { type Network, trainable } from "../../networks/mod.ts";
import {
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
} from "../../tensor/mod.ts";
import {
  adam,
  byNames,
  type CheckpointStore,
  checkTrainingData,
  cosine,
  type Fitted,
  group,
  resumedFitSettings,
  sampler,
  type Schedule,
  sgd,
  trainingLoop,
  type Trees,
  ungroup,
} from "../../training/mod.ts";

/** Fields of {@linkcode fitAdversarialNetwork}. */
export interface FitAdversarialNetworkOptions {
  /** The generator of noise, from images to noise of −1 to 1. */
  readonly generator: Network<Images>;
  /** The linf ball of its noise. */
  readonly ball: Ball;
  /** The number of images to train on, with repeats. */
  readonly images: number;
  /** Images in a step; default 64. */
  readonly batch?: number;
  /** Steps of the generator on each batch before the classifier's; default 5. */
  readonly generatorSteps?: number;
  /** γ, what the gradient penalty weighs; default 0.01. */
  readonly penalty?: number;
  /** The classifier's learning rate; default: {@linkcode cosine} with peak 0.1. */
  readonly schedule?: Schedule;
  /** Random changes of the images; default: none. */
  readonly augment?: Augmentation;
  /** What the classifier begins as; default: new weights from the seed. */
  readonly start?: Parameters;
  /** The seed of the first weights and the order of the images. */
  readonly seed: number;
  /** Receives the number of images so far, the loss, and the accuracy on clean images and (`robust`) on those with noise. */
  readonly progress?: Progress;
  /** The store for the checkpoint, which lets a stopped run resume. */
  readonly checkpoints?: CheckpointStore;
  /** Stops the run between two steps, after writing its checkpoint. */
  readonly signal?: AbortSignal;
}

/** Both networks. */
export interface FittedAdversarialNetwork extends Fitted {
  /** The generator's parameters, which the caller frees. */
  readonly generator: Parameters;
}

const { precision: _, ...shared } = resumedFitSettings;

const settings: Settings = {
  ...shared,
  generator: object("a network"),
  ball: object("a ball such as linf(8 / 255)"),
  generatorSteps: count({ least: 1, default: 5 }),
  penalty: size({ default: 0.01 }),
  augment: object("random changes such as { shift: 2 }"),
  start: object("parameters by name"),
};

/** How far the generator moves along its gradient to see how the loss changes; a tenth of the classifier's first rate. */
const PROBE = 0.01;

/** The generator's learning rate. */
const GENERATOR_RATE = 0.002;

/** The momentum of running statistics, as in PyTorch. */
const STATISTICS_MOMENTUM = 0.1;

const optimisers = { classifier: sgd(), generator: adam({ beta1: 0.5 }) };

/**
 * Trains a classifier against a generator of noise (Wang & Yu 2019): with each batch G first learns to raise the cross-entropy
 * of x + ε G(x), for some steps, then the classifier learns to lower
 *
 *     CE(x) + CE(x + ε G(x)) + γ/2 ‖∂ CE(x + ε G(x)) / ∂φ‖²,
 *
 * where φ are the generator's parameters: the penalty keeps the game from running in circles. Its gradient by the classifier's
 * parameters is taken as the authors do, from the difference of two gradients: at φ, and at φ moved by h along ∂ CE / ∂φ.
 *
 * Departure: while G learns, the classifier's batch norms use their running statistics, as at test time; in its own step clean
 * and noisy images pass together. Images with noise are brought back into [0, 1]. The classifier's rate follows a cosine.
 * In the authors' code the difference of the two gradients has the other sign.
 *
 * @param network The classifier.
 * @param data The training images.
 * @param options The generator, and how both are trained.
 * @returns The parameters of both networks, and the history.
 * @throws {RangeError} If a label is not one of the classes, the ball is not of linf, or an option is not allowed.
 * @throws {DivergedError} If a loss becomes NaN or infinite.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { streetDigits } from "@gcln/kit/data";
 * import { fitAdversarialNetwork } from "@gcln/kit/defenses";
 * import { network, noiseGenerator } from "@gcln/kit/networks";
 * import { useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 3 });
 * const { history } = await fitAdversarialNetwork(vgg, await streetDigits("train", { size: 32 }), {
 *   generator: noiseGenerator({ architecture: "noise-generator", width: 2, channels: 3 }),
 *   ball: linf(8 / 255),
 *   images: 32,
 *   batch: 16,
 *   generatorSteps: 1,
 *   seed: 1,
 * });
 * assertEquals(history.at(-1)!.step, 2);
 * ```
 */
export async function fitAdversarialNetwork(
  network: Network,
  data: Dataset,
  options: FitAdversarialNetworkOptions,
): Promise<FittedAdversarialNetwork> {
  checkSettings("fitAdversarialNetwork", settings, options, ["generator", "ball", "images", "seed"]);
  checkTrainingData(network, data);
  const { generator, ball, images, batch = 64, generatorSteps = 5, schedule = cosine(0.1), seed } = options;
  if (ball.norm !== "linf") {
    throw new RangeError(`Cannot bound a generator's noise in ${ball.norm}: an linf ball is wanted`);
  }
  const steps = Math.max(1, Math.round(images / batch)), indices = sampler(data.size, batch, seed);
  const game = gameOf(network, options);
  try {
    const { state, history } = await trainingLoop({
      steps,
      imagesPerStep: batch,
      ...(options.progress ? { progress: options.progress } : {}),
      ...(options.checkpoints ? { checkpoints: options.checkpoints } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
      init() {
        const parameters = options.start ? cloned(options.start) : network.init(fold(seed, "init"));
        const noise = generator.init(fold(seed, "generator"));
        return group({
          parameters,
          optimiser: tf.tidy(() => optimisers.classifier.init(trainable(parameters))),
          generator: noise,
          generatorOptimiser: tf.tidy(() => optimisers.generator.init(trainable(noise))),
        });
      },
      step(state, index) {
        const { images, labels } = data.batch(indices(index), {
          ...options.augment,
          seed: fold(seed, "augment", index),
        });
        const rate = tf.scalar(schedule(index, steps));
        const done = tf.tidy(() => {
          let now: Parameters = state;
          for (let i = 0; i < generatorSteps; i++) {
            now = { ...now, ...game.teachGenerator(images, labels, now) };
          }
          const { facts, state: next } = game.teachClassifier(images, labels, rate, now);
          // What no step has changed is the old state's, which the loop frees.
          return group({ facts, state: { ...cloned(now), ...next } });
        });
        tf.dispose([images, labels, rate]);
        const { facts, state: next } = ungroup(done);
        return { facts: facts as Record<string, tf.Scalar>, state: next! };
      },
    });
    const { parameters, generator: noise, optimiser, generatorOptimiser } = ungroup(state);
    tf.dispose([...Object.values(optimiser), ...Object.values(generatorOptimiser!)]);
    return { parameters, generator: noise!, history };
  } finally {
    game.dispose();
  }
}

function cloned(parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tensor.clone()]));
}

/** The two players' steps, each compiled once. */
function gameOf(network: Network, { generator, ball, penalty = 0.01 }: FitAdversarialNetworkOptions) {
  /** x + ε G(x), in the ball and in [0, 1]. */
  function noisy(weights: Parameters, images: Images): Images {
    const noise = generator.apply(weights, images, { mode: "training" });
    return clip(bounds(ball, images), images.add<Images>(noise.mul(radii(ball, images.shape[0]))));
  }

  /** The cross-entropy of noisy images that the generator raises, by its weights. */
  function raised(trees: Trees, images: Images, labels: Labels): (weights: Parameters) => tf.Scalar {
    return (weights) => {
      const attacked = noisy({ ...trees.generator, ...weights }, images);
      return crossEntropy(network.apply(trees.parameters, attacked), labels).mean() as tf.Scalar;
    };
  }

  function generatorStep(images: Images, labels: Labels, trees: Trees): Parameters {
    const weights = trainable(trees.generator!), loss = raised(trees, images, labels);
    const { gradients } = valueAndGradients((weights) => ({ loss: loss(weights).neg(), aux: {} }), weights);
    const moments = trees.generatorOptimiser!, rate = tf.scalar(GENERATOR_RATE);
    const next = optimisers.generator.update(weights, gradients, moments, rate);
    return group({ generator: next.parameters, generatorOptimiser: next.state });
  }

  /** The images that the generator would make after one step of size h along its gradient. */
  function probed(images: Images, labels: Labels, trees: Trees): Images {
    const weights = trainable(trees.generator!), loss = raised(trees, images, labels);
    const { gradients } = valueAndGradients((weights) => ({ loss: loss(weights), aux: {} }), weights);
    const moved = Object.entries(weights).map(([name, value]) =>
      [name, value.add(gradients[name]!.mul(PROBE))] as const
    );
    return noisy({ ...trees.generator, ...Object.fromEntries(moved) }, images);
  }

  function classifierStep(images: Images, labels: Labels, rate: tf.Scalar, trees: Trees) {
    const { parameters } = trees, learned = trainable(parameters), slope = penalty / PROBE;
    const parts = [images, noisy(trees.generator!, images)];
    if (penalty > 0) parts.push(probed(images, labels, trees));
    const { value, gradients, aux } = valueAndGradients((values) => {
      const seen: Record<string, tf.Tensor> = {};
      const all = network.apply({ ...parameters, ...values }, tf.concat(parts), {
        mode: "training",
        statistics: (name, statistic) => seen[`statistics.${name}`] = statistic,
      });
      const [clean, noisy, moved] = tf.split(all, parts.length) as Logits[];
      const loss = (logits: Logits) => crossEntropy(logits, labels).mean();
      const both = loss(clean!).add(loss(noisy!));
      return {
        loss: (moved ? both.add(loss(moved).sub(loss(noisy!)).mul(slope)) : both) as tf.Scalar,
        aux: { ...seen, "logits.accuracy": clean!, "logits.robust": noisy! },
      };
    }, learned);
    const { logits, statistics = {} } = ungroup(aux);
    const followed = Object.entries(statistics).map(([name, batch]) =>
      [name, parameters[name]!.mul(1 - STATISTICS_MOMENTUM).add(batch.mul(STATISTICS_MOMENTUM))] as const
    );
    const right = (view: "accuracy" | "robust") =>
      isReadAs(logits![view] as Logits, labels).cast("float32").mean();
    const next = optimisers.classifier.update(learned, gradients, trees.optimiser, rate);
    return group({
      facts: { loss: value, accuracy: right("accuracy"), robust: right("robust") },
      state: group({
        parameters: { ...Object.fromEntries(followed), ...next.parameters },
        optimiser: next.state,
      }),
    });
  }

  const generatorRun = compiledBy((trees, images, labels) => generatorStep(images, labels, trees));
  const classifierRun = compiledBy((trees, images, labels, rate) =>
    classifierStep(images, labels, rate!, trees)
  );
  return {
    teachGenerator: (images: Images, labels: Labels, state: Parameters) =>
      generatorRun.run(state, [images, labels]),
    teachClassifier(images: Images, labels: Labels, rate: tf.Scalar, state: Parameters) {
      const { facts, state: next } = ungroup(classifierRun.run(state, [images, labels, rate]));
      return { facts: facts!, state: next! };
    },
    dispose() {
      generatorRun.dispose();
      classifierRun.dispose();
    },
  };
}

/** A step from named tensors to named tensors, compiled at its first call. */
function compiledBy(step: (trees: Trees, images: Images, labels: Labels, rate?: tf.Scalar) => Parameters) {
  let compiled: Compiled | undefined, names: readonly string[] = [];
  return {
    run(state: Parameters, given: readonly tf.Tensor[]): Parameters {
      const keys = Object.keys(state), inputs = [...given, ...Object.values(state)];
      compiled ??= compile((...tensors) => {
        const [images, labels, rate] = tensors.slice(0, given.length);
        const trees = ungroup(byNames(keys, tensors.slice(given.length)));
        const made = step(trees, images as Images, labels as Labels, rate as tf.Scalar | undefined);
        names = Object.keys(made);
        return Object.values(made);
      }, inputs);
      const outputs = compiled(...inputs); // names are known after the first call only
      return byNames(names, outputs);
    },
    dispose: () => compiled?.dispose(),
  };
}
