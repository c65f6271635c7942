import type { Dataset } from "../../data/mod.ts";
import type { Network } from "../../networks/mod.ts";
import {
  compile,
  type Compiled,
  fold,
  gradientAt,
  type Images,
  normal,
  type Parameters,
  type Progress,
  tf,
  uniform,
  valueAndGradients,
} from "../../tensor/mod.ts";
import {
  adam,
  byNames,
  type CheckpointStore,
  group,
  type HistoryEntry,
  sampler,
  trainingLoop,
  ungroup,
} from "../../training/mod.ts";

/** Fields of {@link fitWgan}. */
export interface FitWganOptions {
  /** From `[n, 1, 1, latent]` to images. */
  readonly generator: Network<Images>;
  /** How many latent numbers there are. */
  readonly latent: number;
  /** From images to logits, the last of which minus the first is the score. It must have no batch norms. */
  readonly critic: Network;
  /** Images that the critic sees in all. */
  readonly images: number;
  /** Images of a step of the critic. */
  readonly batch: number;
  /** Steps of the critic for one of the generator; default 5. */
  readonly criticSteps?: number;
  /** The learning rate of both; default 2e-4. */
  readonly rate?: number;
  /** The weight of the gradient penalty; default 10. */
  readonly penalty?: number;
  /** Fixes the first weights, the order of the images and all draws. */
  readonly seed: number;
  /** Gets the number of images so far, and the distance. */
  readonly progress?: Progress;
  /** Where the run keeps its checkpoint. */
  readonly checkpoints?: CheckpointStore;
  /** Stops the run between two steps. */
  readonly signal?: AbortSignal;
}

/** Adam as Gulrajani et al. have it. */
const optimiser = adam({ beta1: 0.5, beta2: 0.9 });

/** The critic's score of each image, `[n]`. */
function scored(critic: Network, parameters: Parameters, images: Images): tf.Tensor {
  const logits = critic.apply(parameters, images), last = logits.shape[1] - 1;
  return logits.slice([0, last], [-1, 1]).sub(logits.slice([0, 0], [-1, 1])).squeeze([1]);
}

/**
 * Trains a Wasserstein GAN with a gradient penalty (Gulrajani et al. 2017, Algorithm 1): the critic learns to tell images from
 * generated ones with a slope of 1 between them, the generator to raise its score.
 *
 * @param data The images; their labels are not used.
 * @returns The generator's parameters, the caller's to free, and the history: `distance` is the critic's estimate of how far apart
 * both are.
 * @throws {DivergedError} When a loss is no number any more.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 */
export async function fitWgan(
  data: Dataset,
  options: FitWganOptions,
): Promise<{ readonly parameters: Parameters; readonly history: readonly HistoryEntry[] }> {
  const { generator, critic, latent, images, batch, criticSteps = 5, rate = 2e-4, penalty = 10, seed } =
    options;
  const steps = Math.max(1, Math.round(images / (batch * criticSteps)));
  const indices = sampler(data.size, batch, fold(seed, "order")), lr = tf.scalar(rate);
  const latentOf = (...parts: (string | number)[]) =>
    normal<tf.Rank.R4>([batch, 1, 1, latent], 0, 1, fold(seed, ...parts));
  const moves = new Map<string, Compiled>();

  /** A move of one of both players as a graph, made when it is first wanted. */
  function moved(
    name: string,
    given: Parameters,
    state: Parameters,
    move: (all: Parameters) => Parameters,
  ): Parameters {
    const inputs = { ...given, ...state }, names = Object.keys(inputs);
    const outputs = ["fact", ...Object.keys(state).filter((path) => path.startsWith(name))];
    const run = moves.get(name) ?? compile((...tensors) => {
      const made = move(byNames(names, tensors));
      return outputs.map((output) => made[output]!);
    }, Object.values(inputs));
    moves.set(name, run);
    return byNames(outputs, run(...Object.values(inputs)));
  }

  const criticMove = (all: Parameters): Parameters => {
    const { critic: weights, criticMoments, parameters, given } = ungroup(all);
    const real = given!.images as Images, fake = generator.apply(parameters, given!.latent as Images);
    const between = real.mul(given!.mix!).add(fake.mul(tf.sub(1, given!.mix!))) as Images;
    const { gradients, aux } = valueAndGradients((weights) => {
      const distance = scored(critic, weights, real).mean().sub(scored(critic, weights, fake).mean());
      const slope = gradientAt((x: Images) => scored(critic, weights, x).sum() as tf.Scalar, between);
      const length = slope.square().sum([1, 2, 3]).add(1e-12).sqrt();
      const steep = length.sub(1).square().mean();
      return { loss: steep.mul(penalty).sub(distance) as tf.Scalar, aux: { distance } };
    }, weights!);
    const next = optimiser.update(weights!, gradients, criticMoments!, lr);
    return { ...group({ critic: next.parameters, criticMoments: next.state }), fact: aux.distance! };
  };
  const generatorMove = (all: Parameters): Parameters => {
    const { critic: weights, parameters, parametersMoments, given } = ungroup(all);
    const { value, gradients } = valueAndGradients((learned) => ({
      loss: scored(critic, weights!, generator.apply(learned, given!.latent as Images)).mean()
        .neg() as tf.Scalar,
      aux: {},
    }), parameters);
    const next = optimiser.update(parameters, gradients, parametersMoments!, lr);
    return { ...group({ parameters: next.parameters, parametersMoments: next.state }), fact: value };
  };

  try {
    const { state, history } = await trainingLoop({
      steps,
      imagesPerStep: batch * criticSteps,
      ...(options.progress ? { progress: options.progress } : {}),
      ...(options.checkpoints ? { checkpoints: options.checkpoints } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
      init() {
        const parameters = generator.init(fold(seed, "generator")), first = critic.init(fold(seed, "critic"));
        const moments = (of: Parameters) => tf.tidy(() => optimiser.init(of));
        return group({
          parameters,
          parametersMoments: moments(parameters),
          critic: first,
          criticMoments: moments(first),
        });
      },
      step(start, index) {
        let state = Object.fromEntries(Object.entries(start).map(([name, tensor]) => [name, tensor.clone()]));
        let distance: tf.Tensor | undefined;
        const take = (name: string, given: Parameters, move: (all: Parameters) => Parameters): tf.Tensor => {
          const { fact, ...next } = moved(name, given, state, move);
          tf.dispose([...Object.values(given), ...Object.keys(next).map((path) => state[path]!)]);
          state = { ...state, ...next };
          return fact!;
        };
        for (let k = 0; k < criticSteps; k++) {
          distance?.dispose();
          const turn = index * criticSteps + k, chosen = data.batch(indices(turn));
          chosen.labels.dispose();
          const mix = uniform<tf.Rank.R4>([batch, 1, 1, 1], 0, 1, fold(seed, "mix", turn));
          const given = { images: chosen.images, latent: latentOf("critic", turn), mix };
          distance = take("critic", group({ given }), criticMove);
        }
        take("parameters", group({ given: { latent: latentOf("generator", index) } }), generatorMove)
          .dispose();
        return { state, facts: { distance: distance as tf.Scalar } };
      },
    });
    const { parameters, parametersMoments, critic: last, criticMoments } = ungroup(state);
    tf.dispose([parametersMoments, last, criticMoments].flatMap((tree) => Object.values(tree!)));
    return { parameters, history };
  } finally {
    for (const run of moves.values()) run.dispose();
    lr.dispose();
  }
}
