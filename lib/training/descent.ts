import type { Iterated } from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import { isReadAs } from "../judge/mod.ts";
import { type Pass, trainable } from "../networks/mod.ts";
import {
  type Batch,
  compile,
  type Compiled,
  type CompileOptions,
  fold,
  frozen,
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
import { type Forward, type MovingTarget, movingTarget } from "./moving_target.ts";
import {
  type LabelLoss,
  labelLoss,
  lossOf,
  type Objective,
  objectiveOf,
  type SeenViews,
  type View,
} from "./_objective.ts";
import { type Optimiser, sgd } from "./optimiser.ts";
import { partOf, shareOf } from "./_share_of.ts";
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
  /** An attack of its own, in the place of the adversary's: what it ends with is given to `apply`. Default: none. */
  attack?(options: { readonly seed: number }): Iterated;
  /** Values of its parameters to report. */
  facts?(parameters: Parameters): Record<string, tf.Scalar>;
}

/** The momentum of running statistics, as in PyTorch. */
const STATISTICS_MOMENTUM = 0.1;

function cloned(parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, tensor.clone()]));
}

/** The labels of the images of each view. */
function labelsOf(given: Labels, { mixing }: Objective): Readonly<Record<View, Labels>> {
  return mixing === "halves"
    ? { accuracy: partOf(given, 0, 2), robust: partOf(given, 1, 2) }
    : { accuracy: given, robust: given };
}

/** The logits of the views of a step, with what the network shows of itself under the name of each pass. */
function passesOf(
  learner: Learner,
  parameters: Parameters,
  { mixing, weights }: Objective,
  trees: Trees,
  labels: Readonly<Record<View, Labels>>,
  show: (pass: string, statistic: string, value: tf.Tensor) => void,
): SeenViews {
  const images = trees.images as Readonly<Record<View, Images>>, views = Object.keys(weights) as View[];
  const pass = (name: View, x: Images) =>
    learner.apply({ ...parameters, ...trees[name] }, x, {
      mode: "training",
      statistics: (statistic, value) => show(name, statistic, value),
    });
  if (mixing === "apart" || views.length < 2) {
    const taught = trees.given!.taught as tf.Tensor2D | undefined;
    return Object.fromEntries(
      views.map((view) => [view, { logits: pass(view, images[view]), labels: labels[view], taught }]),
    );
  }
  const [clean, attacked] = [images.accuracy, images.robust];
  const all = pass("accuracy", tf.concat([clean, attacked])), count = clean.shape[0];
  return {
    accuracy: { logits: all.slice([0, 0], [count, -1]), labels: labels.accuracy },
    robust: { logits: all.slice([count, 0], [-1, -1]), labels: labels.robust },
  };
}

/** One step of training, pure: images, labels, rate, draws and state in; facts and the next state out. */
function step(
  learner: Learner,
  optimiser: Optimiser,
  byLabel: LabelLoss,
  objective: Objective,
  trees: Trees,
) {
  const { parameters, optimiser: moments, given } = trees;
  const learned = trainable(parameters), views = Object.keys(objective.weights) as View[];
  const labels = labelsOf(given!.labels as Labels, objective);
  const { value, gradients, aux } = valueAndGradients((values) => {
    const shown: Record<string, tf.Tensor> = {};
    const seen = passesOf(
      learner,
      { ...parameters, ...values },
      objective,
      trees,
      labels,
      (pass, name, value) => {
        shown[`${pass}.${name}`] = value;
      },
    );
    for (const view of views) shown[`logits.${view}`] = seen[view]!.logits;
    return { loss: lossOf(objective, seen, byLabel), aux: shown };
  }, learned);
  const { logits, ...statistics } = ungroup(aux);
  const followed: Record<string, tf.Tensor> = { ...parameters };
  for (const view of views) { // updated by one pass after the other
    for (const [name, batch] of Object.entries(statistics[view] ?? {})) {
      followed[name] = followed[name]!.mul(1 - STATISTICS_MOMENTUM).add(batch.mul(STATISTICS_MOMENTUM));
    }
  }
  const right = (view: View) =>
    isReadAs(logits![view] as Logits, labels[view]).cast("float32").mean() as tf.Scalar;
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

/** Steps, compiled once for each set of views. */
function compiledSteps(
  learner: Learner,
  optimiser: Optimiser,
  byLabel: LabelLoss,
  options: CompileOptions,
) {
  const made = new Map<string, { readonly run: Compiled; readonly facts: string[] }>();

  function compiled(objective: Objective, inputs: Parameters, names: readonly string[]) {
    const given = Object.keys(inputs), facts: string[] = [];
    const run = compile(
      (...tensors) => {
        const done = step(learner, optimiser, byLabel, objective, ungroup(byNames(given, tensors)));
        facts.splice(0, Infinity, ...Object.keys(done.facts));
        return [...Object.values(done.facts), ...names.map((name) => done.state[name]!)];
      },
      Object.values(inputs),
      options,
    );
    return { run, facts };
  }

  return {
    run(objective: Objective, given: Parameters, state: Parameters): StepResult {
      const inputs = { ...given, ...state }, names = Object.keys(state);
      const views = Object.keys(objective.weights).join();
      const { run, facts } = made.get(views) ?? compiled(objective, inputs, names);
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

/** Throws if there is a teacher, and something that wants labels. */
function checkTeacher({ teacher, adversary, smoothing }: FitClassifierOptions): void {
  if (teacher === undefined) return;
  const other = adversary ? "an adversary" : smoothing ? "smoothing" : undefined;
  if (other) throw new RangeError(`Cannot train with a teacher and ${other}: one of them is wanted`);
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
  const { adversary, sources = [], smoothing = 0, teacher, precision = "float32" } = options;
  if (adversary) checkAdversary(adversary);
  checkTeacher(options);
  const steps = Math.max(1, Math.round(images / batch));
  const indices = sampler(data.size, batch, seed);
  const mode = adversary?.batchNorms === "batch" ? "training" : "inference";
  const targetOf = (
    { attack, epsilon, towards, divergence }: Adversary,
    forward: Forward,
    own?: Learner["attack"],
  ) =>
    movingTarget(attack, forward, {
      precision,
      ...(own ? { own } : {}),
      ...(epsilon ? { epsilon } : {}),
      ...(towards ? { towards } : {}),
      ...(divergence === undefined ? {} : { divergence }),
    });
  const attackers: readonly { readonly target: MovingTarget; readonly parameters?: Parameters }[] =
    adversary === undefined ? [] : [
      { target: targetOf(adversary, (all, x) => learner.apply(all, x, { mode }), learner.attack) },
      ...sources.map(({ network, parameters, adversary }) => ({
        target: targetOf(adversary, (all, x) => network.apply(all, x)),
        parameters,
      })),
    ];
  const taught = teacher && frozen((x) => teacher(x).softmax() as Logits);
  const moves = compiledSteps(learner, optimiser, labelLoss(smoothing), { precision });

  /** A batch attacked: each attacker has an equal share of it. */
  function attacked(batch: Batch, parameters: Parameters, seed: number): Images {
    const now = (step: number) => ({ ...parameters, ...learner.draw?.(fold(seed, "noise", step)) });
    const shares = attackers.map(({ target, parameters: own }, i) => {
      const share = attackers.length === 1 ? batch : shareOf(batch, i, attackers.length);
      return target.attack(
        share,
        own ? () => own : now,
        i === 0 ? fold(seed, "start") : fold(seed, "start", i),
      );
    });
    return shares.length === 1 ? shares[0]! : tf.concat(shares);
  }

  /** The images that a step trains on. */
  function viewsOf(
    { weights, mixing }: Objective,
    batch: Batch,
    parameters: Parameters,
    seed: number,
  ): Parameters {
    const clean = mixing === "halves" ? shareOf(batch, 0, 2) : batch;
    const hit = mixing === "halves" ? shareOf(batch, 1, 2) : batch;
    return {
      ...(weights.accuracy === undefined ? {} : { accuracy: clean.images.clone() }),
      ...(weights.robust === undefined ? {} : { robust: attacked(hit, parameters, seed) }),
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
        const objective = objectiveOf(adversary, index >= (adversary?.after ?? 0) * steps);
        const chosen = data.batch(indices(index), { ...augment, seed: fold(seed, "augment", index) });
        const { parameters } = ungroup(state);
        const images = tf.tidy(() => viewsOf(objective, chosen, parameters, fold(seed, "adversary", index)));
        const draws = Object.keys(objective.weights).map((view) =>
          [view, learner.draw?.(fold(seed, "noise", view, index))] as const
        );
        const given = {
          labels: chosen.labels,
          rate: tf.scalar(schedule(index, steps)),
          ...(taught ? { taught: tf.tidy(() => taught(chosen.images)) } : {}),
        };
        const inputs = group({ images, given, ...Object.fromEntries(draws) });
        const done = moves.run(objective, inputs, state);
        tf.dispose([chosen.images, ...Object.values(inputs)]);
        return done;
      },
    });
    const { parameters, optimiser: moments } = ungroup(state);
    tf.dispose(Object.values(moments));
    return { parameters, history };
  } finally {
    moves.dispose();
    for (const { target } of attackers) target.dispose();
    taught?.dispose();
  }
}
