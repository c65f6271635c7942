import type { Augmentation, Dataset } from "../data/mod.ts";
import { crossEntropy } from "../losses/mod.ts";
import { type Network, trainable } from "../networks/mod.ts";
import {
  compile,
  type Compiled,
  fold,
  type Images,
  type Labels,
  type Parameters,
  type Progress,
  tf,
  valueAndGradients,
} from "../tensor/mod.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { HistoryEntry } from "./history.ts";
import { trainingLoop } from "./loop.ts";
import { type Optimiser, sgd } from "./optimiser.ts";
import { sampler } from "./sampler.ts";
import { cosine, type Schedule } from "./schedule.ts";
import { group, named, ungroup } from "./_state.ts";

/** Fields of {@link fitClassifier}. */
export interface FitClassifierOptions {
  /** Images seen in all, over all epochs. */
  readonly images: number;
  /** Images a step; default 128. */
  readonly batch?: number;
  /** Default: {@link sgd} with Nesterov momentum 0.9 and weight decay 5e-4. */
  readonly optimiser?: Optimiser;
  /** Default: {@link cosine} with peak 0.1. */
  readonly schedule?: Schedule;
  /** Default: none. */
  readonly augment?: Augmentation;
  /** Weights and running statistics to begin with, which stay the caller's; default: new ones, by the seed. */
  readonly start?: Parameters;
  /** Fixes the first weights, the order of the images and what augments them. */
  readonly seed: number;
  /** Is told how many images were seen, the loss and the accuracy. */
  readonly progress?: Progress;
  /** Where the run keeps its checkpoint, so that it can go on after a stop. */
  readonly checkpoints?: CheckpointStore;
  /** Stops the run between two steps, with its checkpoint written. */
  readonly signal?: AbortSignal;
}

/** Parameters and how they came about. */
export interface Fitted {
  /** Weights and running statistics; the caller's to free. */
  readonly parameters: Parameters;
  /** Loss and accuracy on the batches trained on. */
  readonly history: readonly HistoryEntry[];
}

/** How fast running statistics follow, as in PyTorch. */
const STATISTICS_MOMENTUM = 0.1;

function cloned(parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tensor.clone()]));
}

/** One step of training, pure: images, labels, rate and state in; facts and the next state out. */
function step(
  network: Network,
  optimiser: Optimiser,
  images: Images,
  labels: Labels,
  rate: tf.Scalar,
  state: Parameters,
) {
  const { parameters, optimiser: moments } = ungroup(state);
  const learned = trainable(parameters);
  const { value, gradients, aux } = valueAndGradients((weights) => {
    const seen: Record<string, tf.Tensor> = {};
    const logits = network.apply({ ...parameters, ...weights }, images, {
      mode: "training",
      statistics: (name, statistic) => seen[name] = statistic,
    });
    return { loss: crossEntropy(logits, labels).mean() as tf.Scalar, aux: { ...seen, logits } };
  }, learned);
  const { logits, ...seen } = aux as Parameters;
  const statistics = Object.fromEntries(
    Object.entries(seen).map(([name, batch]) => [
      name,
      parameters[name]!.mul(1 - STATISTICS_MOMENTUM).add(batch.mul(STATISTICS_MOMENTUM)),
    ]),
  );
  const next = optimiser.update(learned, gradients, moments, rate);
  return {
    facts: { loss: value, accuracy: logits!.argMax(1).equal(labels).cast("float32").mean() as tf.Scalar },
    state: group({ parameters: { ...parameters, ...statistics, ...next.parameters }, optimiser: next.state }),
  };
}

/**
 * Trains a classifier on clean images by cross-entropy.
 *
 * @param network What is trained.
 * @param data The training images.
 * @returns Parameters with running statistics, and the history of loss and accuracy on the batches trained on.
 * @throws {DivergedError} When the loss is no number any more.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { network } from "@gcln/kit/networks";
 * import { useBackend } from "@gcln/kit/tensor";
 * import { fitClassifier } from "@gcln/kit/training";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 3 });
 * const data = await streetDigits("train", { size: 32 });
 * const { history } = await fitClassifier(vgg, data, { images: 64, batch: 16, seed: 1 });
 * assertEquals(history.at(-1)!.step, 4);
 * ```
 */
export async function fitClassifier(
  network: Network,
  data: Dataset,
  options: FitClassifierOptions,
): Promise<Fitted> {
  const { images, batch = 128, optimiser = sgd(), schedule = cosine(0.1), augment, start, seed, signal } =
    options;
  const steps = Math.max(1, Math.round(images / batch));
  const indices = sampler(data.size, batch, seed);
  let run: Compiled | undefined, names: readonly string[] = [];
  try {
    const { state, history } = await trainingLoop({
      steps,
      imagesPerStep: batch,
      ...(options.progress ? { progress: options.progress } : {}),
      ...(options.checkpoints ? { checkpoints: options.checkpoints } : {}),
      ...(signal ? { signal } : {}),
      init() {
        const parameters = start === undefined ? network.init(fold(seed, "init")) : cloned(start);
        return group({ parameters, optimiser: tf.tidy(() => optimiser.init(trainable(parameters))) });
      },
      step(state, index) {
        const chosen = data.batch(indices(index), { ...augment, seed: fold(seed, "augment", index) });
        const rate = tf.scalar(schedule(index, steps));
        const inputs = [chosen.images, chosen.labels, rate, ...Object.values(state)];
        if (run === undefined) {
          names = Object.keys(state);
          run = compile((x, y, lr, ...tensors) => {
            const { facts, state } = step(
              network,
              optimiser,
              x as Images,
              y as Labels,
              lr as tf.Scalar,
              named(names, tensors),
            );
            return [facts.loss, facts.accuracy, ...names.map((name) => state[name]!)];
          }, inputs);
        }
        const [loss, accuracy, ...next] = run(...inputs);
        tf.dispose([chosen.images, chosen.labels, rate]);
        return {
          facts: { loss: loss as tf.Scalar, accuracy: accuracy as tf.Scalar },
          state: named(names, next),
        };
      },
    });
    const { parameters, optimiser: moments } = ungroup(state);
    tf.dispose(Object.values(moments));
    return { parameters, history };
  } finally {
    run?.dispose();
  }
}
