/**
 * Trains a critic (WGAN-GP, Gulrajani et al. 2017) and a classifier whose loss has a slope by the image in it (Drucker &
 * LeCun 1992, Ross & Doshi-Velez 2018) on one backend, and prints losses and parameters. Each step is run as it is, and as
 * one graph. Run in a process of its own: `cpu` is TensorFlow.js without an engine of the kit.
 *
 *     deno run -A tests/engines/_second_order.ts wasm 3 64
 */
import { crossEntropy } from "@gcln/kit/losses";
import { detector, resnet, trainable } from "@gcln/kit/networks";
import {
  type BackendName,
  compile,
  fold,
  gradientAt,
  type Images,
  type Labels,
  type Parameters,
  type TensorFunction,
  tf,
  uniform,
  useBackend,
  valueAndGradients,
} from "@gcln/kit/tensor";
import { adam, type Optimiser, sgd } from "@gcln/kit/training";

const SIDE = 8, CLASSES = 4, PENALTY = 10, STRENGTH = 0.01;

/** A training: its loss of the parameters and of what a step is given, its optimiser, and what the steps are given. */
interface Training {
  readonly start: Parameters;
  readonly optimiser: Optimiser;
  readonly rate: number;
  given(step: number): tf.Tensor[];
  loss(parameters: Parameters, given: readonly tf.Tensor[]): tf.Scalar;
}

function images(batch: number, ...why: (string | number)[]): Images {
  return uniform<tf.Rank.R4>([batch, SIDE, SIDE, 3], 0, 1, fold(1, ...why));
}

function critic(batch: number): Training {
  const network = detector({ architecture: "detector", width: 8, channels: 3 });
  return {
    start: network.init(1),
    // Where a gradient is 0 but for rounding (a unit that is on for all images), a small epsilon would make a step of it.
    optimiser: adam({ beta1: 0, beta2: 0.9, epsilon: 1e-5 }),
    rate: 1e-3,
    given: (step) => [
      images(batch, "real", step),
      images(batch, "fake", step).square(),
      uniform([batch, 1, 1, 1], 0, 1, fold(1, "mix", step)),
    ],
    loss(parameters, [real, fake, mix]) {
      const score = (x: tf.Tensor) => network.apply(parameters, x as Images).mul([-1, 1]).sum(1);
      const between = real!.mul(mix!).add(tf.sub(1, mix!).mul(fake!));
      const slope = gradientAt((x: tf.Tensor) => score(x).sum(), between).square().sum([1, 2, 3]).add(1e-12)
        .sqrt();
      return score(fake!).mean().sub(score(real!).mean()).add(slope.sub(1).square().mean().mul(PENALTY));
    },
  };
}

function classifier(batch: number): Training {
  const network = resnet({ architecture: "resnet18", width: 4, classes: CLASSES, channels: 3, stem: 2 });
  const start = network.init(1), fixed = Object.keys(start).filter((name) => !(name in trainable(start)));
  return {
    start: trainable(start),
    optimiser: sgd(),
    rate: 0.01,
    given: (step) => [
      images(batch, "images", step),
      tf.tensor1d(Array.from({ length: batch }, (_, i) => (i + step) % CLASSES), "int32"),
    ],
    loss(parameters, [x, labels]) {
      const all = { ...Object.fromEntries(fixed.map((name) => [name, start[name]!])), ...parameters };
      const losses = (x: tf.Tensor) =>
        crossEntropy(network.apply(all, x as Images, { mode: "training" }), labels as Labels);
      const slope = gradientAt((x: tf.Tensor) => losses(x).sum(), x!);
      return losses(x!).mean().add(slope.square().sum([1, 2, 3]).mean().mul(STRENGTH));
    },
  };
}

/** One step as a pure function: the batch first, as the native engine wants it to be cut, then the rate and the state. */
function stepOf({ start, optimiser, loss, given }: Training) {
  const names = Object.keys(start), moments = optimiser.init(start), kept = Object.keys(moments);
  const inputs = given(0).length;
  const step: TensorFunction = (...tensors) => {
    const batch = tensors.splice(0, inputs), [rate] = tensors.splice(0, 1);
    const [parameters, state] = [names, kept].map((names) =>
      Object.fromEntries(tensors.splice(0, names.length).map((tensor, i) => [names[i]!, tensor]))
    ) as [Parameters, Parameters];
    const { value, gradients } = valueAndGradients(
      (values) => ({ loss: loss(values, batch), aux: {} }),
      parameters,
    );
    const next = optimiser.update(parameters, gradients, state, rate as tf.Scalar);
    return [value, ...names.map((name) => next.parameters[name]!), ...kept.map((name) => next.state[name]!)];
  };
  return { names, step, state: [...Object.values(start), ...Object.values(moments)] };
}

/** The losses of some steps, the parameters after them, and how many tensors a step leaves behind. */
async function train(training: Training, steps: number, form: "eager" | "compiled") {
  const { given } = training, { names, step, state } = stepOf(training), rate = tf.scalar(training.rate);
  const run = form === "compiled"
    ? compile(step, [...given(0), rate, ...state])
    : (...tensors: tf.Tensor[]) => tf.tidy(() => step(...tensors));
  const losses: number[] = [];
  let left = 0, now = state;
  for (let i = 0; i < steps; i++) {
    const batch = given(i), before = tf.memory().numTensors;
    const [value, ...next] = run(...batch, rate, ...now);
    losses.push((await value!.data())[0]!);
    left = Math.max(left, tf.memory().numTensors - before - 1 - next.length);
    now = next;
  }
  const values = await Promise.all(names.map(async (name, i) => [name, [...await now[i]!.data()]]));
  return { losses, left, parameters: Object.fromEntries(values) };
}

/** Whether the native engine cuts the step's graph. */
async function isCut(training: Training): Promise<boolean> {
  const { record } = await import("../../lib/engines/tensorflow/record.ts");
  const { inParts } = await import("../../lib/engines/tensorflow/in_parts.ts");
  const { step, state } = stepOf(training);
  return inParts(record(step, [...training.given(0), tf.scalar(training.rate), ...state]), 2) !== undefined;
}

const [name, steps, batch] = [Deno.args[0]!, Number(Deno.args[1]), Number(Deno.args[2])];
if (name === "cpu") await tf.setBackend("cpu");
else await useBackend(name as BackendName);
const results: Record<string, unknown> = {};
for (const [task, make] of Object.entries({ critic, classifier })) {
  const training = make(batch), result: Record<string, unknown> = {};
  for (const form of name === "cpu" ? ["eager"] as const : ["eager", "compiled"] as const) {
    result[form] = await train(training, steps, form);
  }
  if (name === "tensorflow") result.cut = await isCut(training);
  results[task] = result;
}
console.log(JSON.stringify(results));
Deno.exit(0);
