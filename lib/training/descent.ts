import type { Dataset } from "../data/mod.ts";
import { isReadAs } from "../judge/mod.ts";
import { crossEntropy, smoothedLabels, softCrossEntropy } from "../losses/mod.ts";
import { type Pass, trainable } from "../networks/mod.ts";
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
} from "../tensor/mod.ts";
import { type Adversary, checkAdversary } from "./adversary.ts";
import type { FitClassifierOptions, Fitted } from "./fit_options.ts";
import { type StepResult, trainingLoop } from "./loop.ts";
import { movingTarget } from "./moving_target.ts";
import { type Optimiser, sgd } from "./optimiser.ts";
import { sampler } from "./sampler.ts";
import { cosine } from "./schedule.ts";
import { byNames, group, type Trees, ungroup } from "./trees.ts";

/** A classifier to train, as functions of its parameters. */
export interface Learner {
  /** New parameters. */
  init(seed: number): Parameters;
  /** Draws the random numbers of one pass: new tensors, with names that no parameter has. Default: none. */
  draw?(seed: number): Parameters;
  /** The logits. The parameters include the drawn random numbers. */
  apply(parameters: Parameters, images: Images, pass?: Pass): Logits;
  /** Values of its parameters to report. */
  facts?(parameters: Parameters): Record<string, tf.Scalar>;
}

/** The images that a step trains on, by the name of the fact with their accuracy. */
type View = "accuracy" | "robust";

/** The weights of the losses on the views of a step. */
type Weights = Readonly<Partial<Record<View, number>>>;

/** The momentum of running statistics, as in PyTorch. */
const STATISTICS_MOMENTUM = 0.1;

/** The loss of each image by its label. */
type LabelLoss = (logits: Logits, labels: Labels) => tf.Tensor1D;

/** The cross-entropy by labels, smoothed or not. */
function labelLoss(smoothing: number): LabelLoss {
  if (smoothing === 0) return crossEntropy;
  return (logits, labels) => softCrossEntropy(logits, smoothedLabels(labels, logits.shape[1], smoothing));
}

function cloned(parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tensor.clone()]));
}

/** One step of training, pure: images, labels, rate, draws and state in; facts and the next state out. */
function step(learner: Learner, optimiser: Optimiser, lossOf: LabelLoss, weights: Weights, trees: Trees) {
  const { parameters, optimiser: moments, images, given } = trees, labels = given!.labels as Labels;
  const learned = trainable(parameters), views = Object.keys(weights) as View[];
  const { value, gradients, aux } = valueAndGradients((values) => {
    const seen: Record<string, tf.Tensor> = {};
    const losses = views.map((view) => {
      const logits = learner.apply({ ...parameters, ...values, ...trees[view] }, images![view] as Images, {
        mode: "training",
        statistics: (name, statistic) => seen[`${view}.${name}`] = statistic,
      });
      seen[`logits.${view}`] = logits;
      const loss = lossOf(logits, labels).mean();
      return weights[view] === 1 ? loss : loss.mul(weights[view]!);
    });
    return { loss: losses.reduce((sum, loss) => sum.add(loss)) as tf.Scalar, aux: seen };
  }, learned);
  const { logits, ...statistics } = ungroup(aux);
  const followed: Record<string, tf.Tensor> = { ...parameters };
  for (const view of views) { // updated by one pass after the other
    for (const [name, batch] of Object.entries(statistics[view] ?? {})) {
      followed[name] = followed[name]!.mul(1 - STATISTICS_MOMENTUM).add(batch.mul(STATISTICS_MOMENTUM));
    }
  }
  const right = (view: View) => isReadAs(logits![view] as Logits, labels).cast("float32").mean() as tf.Scalar;
  const next = optimiser.update(learned, gradients, moments, given!.rate as tf.Scalar);
  return {
    facts: {
      loss: value,
      ...Object.fromEntries(views.map((view) => [view, right(view)])),
      ...learner.facts?.(next.parameters),
    } as StepResult["facts"],
    state: group({ parameters: { ...followed, ...next.parameters }, optimiser: next.state }),
  };
}

/** The weights of the views before the adversary starts and after. */
function weightsOf(adversary: Adversary | undefined, begun: boolean): Weights {
  if (adversary === undefined || !begun) return { accuracy: 1 };
  const { clean = 0 } = adversary;
  return clean === 0 ? { robust: 1 } : { accuracy: clean, robust: 1 - clean };
}

/** Steps, compiled once for each set of views. */
function compiledSteps(learner: Learner, optimiser: Optimiser, lossOf: LabelLoss, options: CompileOptions) {
  const made = new Map<string, { readonly run: Compiled; readonly facts: string[] }>();

  function compiled(weights: Weights, inputs: Parameters, names: readonly string[]) {
    const given = Object.keys(inputs), facts: string[] = [];
    const run = compile(
      (...tensors) => {
        const done = step(learner, optimiser, lossOf, weights, ungroup(byNames(given, tensors)));
        facts.splice(0, Infinity, ...Object.keys(done.facts));
        return [...Object.values(done.facts), ...names.map((name) => done.state[name]!)];
      },
      Object.values(inputs),
      options,
    );
    return { run, facts };
  }

  return {
    run(weights: Weights, given: Parameters, state: Parameters): StepResult {
      const inputs = { ...given, ...state }, names = Object.keys(state), views = Object.keys(weights).join();
      const { run, facts } = made.get(views) ?? compiled(weights, inputs, names);
      made.set(views, { run, facts });
      const outputs = run(...Object.values(inputs)), count = facts.length;
      return {
        facts: byNames(facts, outputs) as StepResult["facts"],
        state: byNames(names, outputs.slice(count)),
      };
    },
    dispose() {
      for (const { run } of made.values()) run.dispose();
    },
  };
}

/**
 * Trains by gradient descent on the cross-entropy of clean images, of images attacked under the current parameters, or of
 * both. A step depends on its state and index only.
 */
export async function descend(
  learner: Learner,
  data: Dataset,
  options: FitClassifierOptions,
): Promise<Fitted> {
  const { images, batch = 128, optimiser = sgd(), schedule = cosine(0.1), augment, start, seed, signal } =
    options;
  const { adversary, smoothing = 0, precision = "float32" } = options;
  if (adversary) checkAdversary(adversary);
  const steps = Math.max(1, Math.round(images / batch));
  const indices = sampler(data.size, batch, seed);
  const mode = adversary?.batchNorms === "batch" ? "training" : "inference";
  const target = adversary &&
    movingTarget(adversary.attack, (parameters, x) => learner.apply(parameters, x, { mode }), { precision });
  const moves = compiledSteps(learner, optimiser, labelLoss(smoothing), { precision });

  /** The images that a step trains on. The clean ones belong to the batch, which frees them. */
  function viewsOf(weights: Weights, clean: Batch, parameters: Parameters, seed: number): Parameters {
    const attacked = (): Images =>
      target!.attack(
        clean,
        (step) => ({ ...parameters, ...learner.draw?.(fold(seed, "noise", step)) }),
        fold(seed, "start"),
      );
    return {
      ...(weights.accuracy === undefined ? {} : { accuracy: clean.images.clone() }),
      ...(weights.robust === undefined ? {} : { robust: attacked() }),
    };
  }

  try {
    const { state, history } = await trainingLoop({
      steps,
      imagesPerStep: batch,
      ...(options.progress ? { progress: options.progress } : {}),
      ...(options.checkpoints ? { checkpoints: options.checkpoints } : {}),
      ...(signal ? { signal } : {}),
      init() {
        const parameters = start === undefined ? learner.init(fold(seed, "init")) : cloned(start);
        return group({ parameters, optimiser: tf.tidy(() => optimiser.init(trainable(parameters))) });
      },
      step(state, index) {
        const weights = weightsOf(adversary, index >= (adversary?.after ?? 0) * steps);
        const chosen = data.batch(indices(index), { ...augment, seed: fold(seed, "augment", index) });
        const { parameters } = ungroup(state);
        const images = viewsOf(weights, chosen, parameters, fold(seed, "adversary", index));
        const draws = Object.keys(weights).map((view) =>
          [view, learner.draw?.(fold(seed, "noise", view, index))] as const
        );
        const given = { labels: chosen.labels, rate: tf.scalar(schedule(index, steps)) };
        const inputs = group({ images, given, ...Object.fromEntries(draws) });
        const done = moves.run(weights, inputs, state);
        tf.dispose([chosen.images, ...Object.values(inputs)]);
        return done;
      },
    });
    const { parameters, optimiser: moments } = ungroup(state);
    tf.dispose(Object.values(moments));
    return { parameters, history };
  } finally {
    moves.dispose();
    target?.dispose();
  }
}
