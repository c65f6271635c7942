import { isReadAs } from "../../judge/mod.ts";
import {
  adversarial,
  crossEntropy,
  type Features,
  generative,
  minimax,
  normalisedPerceptual,
} from "../../losses/mod.ts";
import { type Pass, trainable } from "../../networks/mod.ts";
import {
  type Batch,
  compile,
  type Compiled,
  type CompileOptions,
  fold,
  type Images,
  type Labels,
  type Logits,
  type Parameters,
  tf,
  valueAndGradients,
} from "../../tensor/mod.ts";
import { adam, byNames, group, type Trees, ungroup } from "../../training/mod.ts";
import { cleanerOf, firstParameters } from "./cleaner.ts";
import type { Defended, FitGclnOptions } from "./fit_options.ts";

/** The momentum of running statistics, as in PyTorch. */
const STATISTICS_MOMENTUM = 0.1;

/** The two moves of the game, compiled. */
export class Game {
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
    const { generator, detector, transform } = this.#options;
    const parameters = firstParameters(generator, transform, fold(seed, "generator"));
    const adversary = detector?.init(fold(seed, "detector"));
    const { generator: ours, detector: theirs } = this.#optimisers;
    return group({
      parameters,
      optimiser: tf.tidy(() => ours.init(trainable(parameters))),
      ...(adversary ? { detector: adversary, detectorOptimiser: tf.tidy(() => theirs.init(adversary)) } : {}),
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
    const [guided, adversary, cleaned, right, ...next] = this.#generator(...inputs);
    lr.dispose();
    const { guide = "features", detector } = this.#options;
    if (!detector) adversary!.dispose();
    return {
      facts: {
        [guide === "labels" ? "crossEntropy" : "perceptual"]: guided as tf.Scalar,
        ...(detector ? { adversarial: adversary as tf.Scalar } : {}),
        recovered: tf.tidy(() => right!.mean() as tf.Scalar),
      },
      cleaned: cleaned as Images,
      right: right as tf.Tensor1D,
      state: byNames(learned, next),
    };
  }

  #generatorStep(trees: Trees, x: Images, y: Labels, attacked: Images, rate: tf.Scalar) {
    const { classifier, detector, lambda = 0.5, clean = 1, seen, guide } = this.#options;
    const n = x.shape[0], shown = Math.round(clean * n), learned = trainable(trees.parameters);
    const withClean = <T extends tf.Tensor>(all: T, of: T): T =>
      shown === 0 ? all.clone() : tf.concat([all, of.slice(0, shown)]) as T;
    const both = withClean(attacked, x);
    const { gradients, aux } = valueAndGradients((weights) => {
      const statistics: Record<string, tf.Tensor> = {};
      const out = this.#cleaner({ ...trees.parameters, ...weights }, {
        mode: "training",
        statistics: (name, value) => statistics[`statistics.${name}`] = value,
      })(both);
      const cleaned = out.slice(0, n);
      const found = seen?.(out), read = found?.logits ?? (guide === "labels" ? classifier(out) : undefined);
      const guided = guide === "labels"
        ? crossEntropy(read!, withClean(y, y)).mean<tf.Scalar>()
        : this.#perceptual(out, x, withClean, found?.maps);
      const adversary = detector
        ? adversarial(detector.apply(trees.detector!, cleaned))
        : tf.scalar(0) as tf.Scalar;
      const loss = generative(guided, adversary, { lambda });
      const logits = read?.slice(0, n) ?? classifier(cleaned);
      return { loss, aux: { guided, adversary, cleaned, logits, ...statistics } };
    }, learned);
    const right = isReadAs(aux.logits as Logits, y).cast("float32");
    const next = this.#optimisers.generator.update(learned, gradients, trees.optimiser, rate);
    const running: Record<string, tf.Tensor> = {};
    for (const [name, value] of Object.entries(ungroup(aux).statistics ?? {})) {
      const before = trees.parameters[name]!;
      running[name] = before.mul(1 - STATISTICS_MOMENTUM).add(value.mul(STATISTICS_MOMENTUM));
    }
    return {
      outputs: [aux.guided!, aux.adversary!, aux.cleaned!, right],
      state: group({ parameters: { ...running, ...next.parameters }, optimiser: next.state }),
    };
  }

  /** L_P of cleaned images, whose originals are x and, again, the first of x. */
  #perceptual(
    out: Images,
    x: Images,
    withClean: <T extends tf.Tensor>(all: T, of: T) => T,
    found: readonly tf.Tensor[] | undefined,
  ): tf.Scalar {
    const { features, perceptualScale = 10, weights } = this.#options, originals = withClean(x, x);
    // Some originals stand there twice; their features are computed once.
    const maps: Features = (images) =>
      images === originals ? features!(x).map((map) => withClean(map, map)) : found ?? features!(images);
    return normalisedPerceptual(maps, out, originals, weights ? { weights } : {}).mul(perceptualScale);
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
      loss: minimax(detector!.apply(weights, real), detector!.apply(weights, fakes)).neg() as tf.Scalar,
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
