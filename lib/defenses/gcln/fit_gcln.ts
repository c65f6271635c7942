import type { Augmentation, AugmentOptions, Dataset } from "../../data/mod.ts";
import { isReadAs } from "../../judge/mod.ts";
import { callable, checkSettings, list, object, type Settings, size, word } from "../../kinds/mod.ts";
import { adversarial, type Features, generative, minimax, normalisedPerceptual } from "../../losses/mod.ts";
import { type Network, type Pass, trainable } from "../../networks/mod.ts";
import {
  type Batch,
  type Classifier,
  compile,
  type Compiled,
  type CompileOptions,
  fold,
  type Images,
  type Labels,
  type Logits,
  type Parameters,
  type Progress,
  tf,
  valueAndGradients,
} from "../../tensor/mod.ts";
import type { QuantizedTransformOptions } from "../../transform/mod.ts";
import {
  adam,
  byNames,
  type CheckpointStore,
  cosine,
  group,
  type HistoryEntry,
  resumedFitSettings,
  sampler,
  trainingLoop,
  type Trees,
  ungroup,
} from "../../training/mod.ts";
import { cleanerOf } from "./cleaner.ts";
import { recoveredSet } from "./recovered.ts";

/** The classifier behind the cleaner as it is at a step, rounding passed straight through. */
export interface Defended extends Classifier {
  /** The generator's parameters at this step. */
  readonly parameters: Parameters;
  /** The same for any parameters: one function at all steps, so that an attack on it can be compiled once. */
  readonly forward: (parameters: Parameters, images: Images) => Logits;
}

/**
 * Makes the attacked images Ω* of a training step.
 *
 * @param batch The clean images and their labels.
 * @param indices Their positions in the training set, for attackers that remember.
 * @param defended The classifier behind the cleaner as it is now, rounding passed straight through, for attackers
 *   that adapt.
 * @param seed The step's.
 * @param changes How the batch was augmented, if it was: for attackers that remember.
 */
export type Attacker = (
  batch: Batch,
  indices: Uint32Array,
  defended: Defended,
  seed: number,
  changes?: AugmentOptions,
) => Images | Promise<Images>;

/** What one pass of the target classifier gives: the feature maps F of Eq. (4), and the logits. */
export type Seen = (
  images: Images,
) => { readonly maps: readonly tf.Tensor[]; readonly logits: Logits };

/** Fields of {@link fitGcln}. */
export interface FitGclnOptions {
  /** The target classifier C, which is not trained. */
  readonly classifier: Classifier;
  /** The feature maps F of the perceptual loss, Eq. (4). */
  readonly features: Features;
  /** Features and logits of one pass, where F is the target classifier itself: saves a pass. Default: two passes. */
  readonly seen?: Seen;
  /** How much each feature map counts; default: all the same. */
  readonly weights?: readonly number[];
  /** The generator G, behind the quantized transform. */
  readonly generator: Network<Images>;
  /** The detector D, from images to two logits. */
  readonly detector: Network;
  /** The quantized transform in front of the generator. */
  readonly transform: QuantizedTransformOptions;
  /** Who makes the attacked images. */
  readonly attacker: Attacker;
  /** Attacked images seen in all. */
  readonly images: number;
  /** Attacked images a step; default 64. */
  readonly batch?: number;
  /** Clean images that the generator sees in a step, as a share of the attacked ones, from 0 to 1; default 1. */
  readonly clean?: number;
  /** Random changes of the images; the attacker is told of them. Default none. */
  readonly augment?: Augmentation;
  /** λ of Eq. (3); default 0.5. */
  readonly lambda?: number;
  /** What the normalised perceptual loss is multiplied with; default 10. */
  readonly perceptualScale?: number;
  /** Peak learning rates; default 1e-3 for the generator, 1e-4 for the detector. */
  readonly rates?: { readonly generator: number; readonly detector: number };
  /** Whether recovered images that C classifies right join the clean set Ω° (§3.3); default `join`. */
  readonly recovered?: "join" | "ignore";
  /**
   * What convolutions are computed in, in the generator's step and in the detector's; weights and optimisers stay in float32.
   * See {@linkcode CompileOptions}.
   *
   * @default {"float32"}
   */
  readonly precision?: CompileOptions["precision"];
  /** Fixes the first weights, the order of the images, the attacks and the draws from the recovered ones. */
  readonly seed: number;
  /** Gets the number of images seen so far, and the losses. */
  readonly progress?: Progress;
  /** Where the run keeps its checkpoint, so that it can go on after a stop. */
  readonly checkpoints?: CheckpointStore;
  /** Stops the run between two steps, with its checkpoint written. */
  readonly signal?: AbortSignal;
}

/** The two networks after the game. */
export interface FittedGcln {
  /** The generator's parameters. */
  readonly parameters: Parameters;
  /** The detector's parameters. */
  readonly detector: Parameters;
  /** The losses, and the share of recovered images that C gets right. */
  readonly history: readonly HistoryEntry[];
}

const { schedule: _, ...shared } = resumedFitSettings;

const fitGclnSettings: Settings = {
  ...shared,
  classifier: callable(),
  features: callable(),
  generator: object("a network"),
  detector: object("a network"),
  transform: object("options of quantizedTransform such as { q: 10 / 255 }"),
  attacker: callable(),
  seen: callable(),
  weights: list(size()),
  clean: size({ most: 1, default: 1 }),
  augment: object("random changes such as { flip: true, shift: 2 }"),
  lambda: size({ most: 1, default: 0.5 }),
  perceptualScale: size({ default: 10 }),
  rates: object("{ generator, detector }"),
  recovered: word(["join", "ignore"], { default: "join" }),
};

const NEEDED = ["classifier", "features", "generator", "detector", "transform", "attacker", "images", "seed"];

/** The share of all steps in which the detector learns from attacked images as they are (§3.3, "initial phase"). */
const INITIAL_PHASE = 0.05;
/** The momentum of running statistics, as in PyTorch. */
const STATISTICS_MOMENTUM = 0.1;
/** The share of the detector's clean images that are recovered ones, once there are any. */
const RECOVERED_SHARE = 0.25;

/**
 * The GCLN game (§3.3, Figure 1): detector and generator are trained in turn, the one to tell clean images from
 * recovered ones, the other to recover what the detector takes for clean and what has the features of the original.
 *
 * Each step sees attacked images x* and their originals x°. The generator's loss is Eq. (3), the detector's Eq. (6).
 *
 * Departure: the paper gives no optimiser, no rates and no feature layer. L_P is each feature map's squared error
 * over the original map's mean square, times 10: without the scale L_A drowns it and clean accuracy falls. The
 * generator also sees clean images (with L_P only), so that it learns to leave them alone. Adam's settings, the
 * clipped gradient norm and the zero start of the generator are ours too.
 *
 * @param data The training images.
 * @returns Both networks' parameters, the caller's to free, and the history of the losses.
 * @throws {RangeError} Where an option is not known or does not fit.
 * @throws {DivergedError} When a loss is no number any more.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { detector, generator } from "@gcln/kit/networks";
 * import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";
 * import { fitGcln } from "@gcln/kit/defenses";
 *
 * await useBackend();
 * const { history } = await fitGcln(await streetDigits("train", { size: 8 }), {
 *   classifier: (images) => images.mean([1, 2]) as Logits, // a network, elsewhere
 *   features: (images) => [images],
 *   generator: generator({ architecture: "generator", width: 2, channels: 3 }),
 *   detector: detector({ architecture: "detector", width: 2, channels: 3 }),
 *   transform: { q: 10 / 255 },
 *   attacker: ({ images }) => tf.tidy(() => images.add(8 / 255).clipByValue(0, 1) as Images),
 *   images: 16,
 *   batch: 8,
 *   seed: 1,
 * });
 * assertEquals(history.at(-1)!.step, 2);
 * ```
 */
export async function fitGcln(data: Dataset, options: FitGclnOptions): Promise<FittedGcln> {
  checkSettings("fitGcln", fitGclnSettings, options, NEEDED);
  if (data.size === 0) throw new RangeError(`Cannot train on no images: ${data.name} has none left`);
  const { images, batch = 64, rates = { generator: 1e-3, detector: 1e-4 }, recovered = "join", seed } =
    options;
  const steps = Math.max(1, Math.round(images / batch));
  const indices = sampler(data.size, batch, fold(seed, "order"));
  const game = new Game(options);
  const pool = recoveredSet(data.shape, 16 * batch);
  const generatorRate = cosine(rates.generator), detectorRate = cosine(rates.detector);
  try {
    const { state, history } = await trainingLoop({
      steps,
      imagesPerStep: batch,
      memory: pool,
      ...(options.progress ? { progress: options.progress } : {}),
      ...(options.checkpoints ? { checkpoints: options.checkpoints } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
      init: () => game.init(seed),
      async step(state, index) {
        const chosen = indices(index);
        const changes = options.augment && { ...options.augment, seed: fold(seed, "augment", index) };
        const clean = data.batch(chosen, changes);
        const { parameters } = ungroup(state);
        const attacked = await options.attacker(
          clean,
          chosen,
          game.defended(parameters),
          fold(seed, "attack", index),
          changes,
        );
        const generated = game.generate(state, clean, attacked, generatorRate(index, steps));
        const initial = index < INITIAL_PHASE * steps;
        const others = recovered === "join"
          ? pool.draw(Math.round(RECOVERED_SHARE * batch), fold(seed, "draw", index))
          : undefined;
        const detected = game.detect(
          state,
          clean.images,
          initial ? attacked : generated.cleaned,
          others,
          detectorRate(index, steps),
        );
        if (recovered === "join") await pool.add(generated.cleaned, generated.right);
        tf.dispose([clean.images, clean.labels, attacked, generated.cleaned, generated.right]);
        return {
          state: { ...generated.state, ...detected.state },
          facts: { ...generated.facts, ...detected.facts },
        };
      },
    });
    const { parameters, detector, optimiser, detectorOptimiser } = ungroup(state);
    tf.dispose([...Object.values(optimiser), ...Object.values(detectorOptimiser!)]);
    return { parameters, detector: detector!, history };
  } finally {
    game.dispose();
  }
}

/** The two moves of the game, compiled. */
class Game {
  readonly #options: FitGclnOptions;
  readonly #compile: CompileOptions;
  readonly #optimisers = {
    generator: adam({ beta2: 0.99, clipNorm: 1 }),
    detector: adam({ beta1: 0.5, beta2: 0.99, clipNorm: 1 }),
  };
  #generator: Compiled | undefined;
  readonly #detectors = new Map<number, Compiled>();

  constructor(options: FitGclnOptions) {
    const { precision = "float32" } = options;
    this.#options = options;
    this.#compile = { precision };
  }

  init(seed: number): Parameters {
    const { generator, detector } = this.#options;
    const trees = {
      parameters: generator.init(fold(seed, "generator")),
      detector: detector.init(fold(seed, "detector")),
    };
    return group({
      ...trees,
      optimiser: tf.tidy(() => this.#optimisers.generator.init(trainable(trees.parameters))),
      detectorOptimiser: tf.tidy(() => this.#optimisers.detector.init(trees.detector)),
    });
  }

  /** T⁻¹ Q T and the generator, with the gradient that training needs if an attacker adapts to it. */
  #cleaner(parameters: Parameters, pass: Pass = {}) {
    const { generator, transform } = this.#options;
    const { apply } = generator,
      passed = { ...generator, apply: (p, x) => apply(p, x, pass) } as typeof generator;
    return cleanerOf(passed, parameters, { ...transform, backward: "straight-through" });
  }

  readonly #forward = (parameters: Parameters, images: Images): Logits =>
    this.#options.classifier(this.#cleaner(parameters)(images));

  defended(parameters: Parameters): Defended {
    const forward = this.#forward;
    return Object.assign((images: Images) => forward(parameters, images), { parameters, forward });
  }

  /** The generator's move: Eq. (3) on attacked images, Eq. (4) on clean ones as well. */
  generate(state: Parameters, clean: Batch, attacked: Images, rate: number) {
    const names = Object.keys(state).filter((name) => !name.startsWith("detectorOptimiser.")).sort();
    const learned = names.filter((name) => !name.startsWith("detector."));
    const lr = tf.scalar(rate);
    const inputs = [clean.images, clean.labels, attacked, lr, ...names.map((name) => state[name]!)];
    this.#generator ??= compile(
      (x, y, adversarialImages, lr, ...tensors) => {
        const trees = ungroup(byNames(names, tensors));
        const made = this.#generatorStep(
          trees,
          x as Images,
          y as Labels,
          adversarialImages as Images,
          lr as tf.Scalar,
        );
        return [...made.outputs, ...learned.map((name) => made.state[name]!)];
      },
      inputs,
      this.#compile,
    );
    const [perceptual, adversary, cleaned, right, ...next] = this.#generator(...inputs);
    lr.dispose();
    return {
      facts: {
        perceptual: perceptual as tf.Scalar,
        adversarial: adversary as tf.Scalar,
        recovered: tf.tidy(() => right!.mean() as tf.Scalar),
      },
      cleaned: cleaned as Images,
      right: right as tf.Tensor1D,
      state: byNames(learned, next),
    };
  }

  #generatorStep(trees: Trees, x: Images, y: Labels, attacked: Images, rate: tf.Scalar) {
    const { classifier, features, detector, lambda = 0.5, perceptualScale = 10 } = this.#options;
    const { clean = 1, seen, weights: counts } = this.#options;
    const n = x.shape[0], shown = Math.round(clean * n), learned = trainable(trees.parameters);
    const withClean = <T extends tf.Tensor>(all: T, of: T): T =>
      shown === 0 ? all.clone() : tf.concat([all, of.slice(0, shown)]) as T;
    const both = withClean(attacked, x), originals = withClean(x, x);
    const { gradients, aux } = valueAndGradients((weights) => {
      const statistics: Record<string, tf.Tensor> = {};
      const out = this.#cleaner({ ...trees.parameters, ...weights }, {
        mode: "training",
        statistics: (name, value) => statistics[`statistics.${name}`] = value,
      })(both);
      const cleaned = out.slice(0, n);
      const found = seen?.(out);
      // Some originals stand there twice; their features are computed once.
      const maps: Features = (images) =>
        images === originals
          ? features(x).map((map) => withClean(map, map))
          : found?.maps ?? features(images);
      const options = counts ? { weights: counts } : {};
      const perceptual = normalisedPerceptual(maps, out, originals, options).mul(
        perceptualScale,
      ) as tf.Scalar;
      const adversary = adversarial(detector.apply(trees.detector!, cleaned));
      const loss = generative(perceptual, adversary, { lambda });
      const logits = found?.logits.slice(0, n) ?? classifier(cleaned);
      return { loss, aux: { perceptual, adversary, cleaned, logits, ...statistics } };
    }, learned);
    const right = isReadAs(aux.logits as Logits, y).cast("float32");
    const next = this.#optimisers.generator.update(learned, gradients, trees.optimiser, rate);
    const running: Record<string, tf.Tensor> = {};
    for (const [name, value] of Object.entries(ungroup(aux).statistics ?? {})) {
      const before = trees.parameters[name]!;
      running[name] = before.mul(1 - STATISTICS_MOMENTUM).add(value.mul(STATISTICS_MOMENTUM));
    }
    return {
      outputs: [aux.perceptual!, aux.adversary!, aux.cleaned!, right],
      state: group({ parameters: { ...running, ...next.parameters }, optimiser: next.state }),
    };
  }

  /** The detector's move: Eq. (6), with recovered images among the clean ones. */
  detect(state: Parameters, clean: Images, fakes: Images, recovered: Images | undefined, rate: number) {
    const names = Object.keys(state).filter((name) => name.startsWith("detector")).sort();
    const lr = tf.scalar(rate);
    const real = recovered === undefined ? clean.clone() : tf.tidy(() => tf.concat([clean, recovered]));
    recovered?.dispose();
    const inputs = [real, fakes, lr, ...names.map((name) => state[name]!)];
    let run = this.#detectors.get(real.shape[0]);
    if (run === undefined) {
      run = compile(
        (real, fakes, lr, ...tensors) => {
          const trees = ungroup(byNames(names, tensors));
          const made = this.#detectorStep(trees, real as Images, fakes as Images, lr as tf.Scalar);
          return [made.loss, ...names.map((name) => made.state[name]!)];
        },
        inputs,
        this.#compile,
      );
      this.#detectors.set(real.shape[0], run);
    }
    const [loss, ...next] = run(...inputs);
    tf.dispose([lr, real]);
    return { facts: { detector: loss as tf.Scalar }, state: byNames(names, next) };
  }

  #detectorStep(trees: Trees, real: Images, fakes: Images, rate: tf.Scalar) {
    const { detector } = this.#options;
    const { value, gradients } = valueAndGradients((weights) => ({
      loss: minimax(detector.apply(weights, real) as Logits, detector.apply(weights, fakes) as Logits)
        .neg() as tf.Scalar,
      aux: {},
    }), trees.detector!);
    const next = this.#optimisers.detector.update(trees.detector!, gradients, trees.detectorOptimiser!, rate);
    return { loss: value, state: group({ detector: next.parameters, detectorOptimiser: next.state }) };
  }

  dispose(): void {
    this.#generator?.dispose();
    for (const run of this.#detectors.values()) run.dispose();
  }
}
