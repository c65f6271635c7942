import { callable, checkSettings, either, type Settings, size } from "../kinds/mod.ts";
import { adamStep, type Parameters, tf } from "../tensor/mod.ts";

/**
 * An optimiser is a pair of pure functions: the first state, and one step.
 *
 * A step takes parameters, gradients and state, and returns new parameters and a new state. It changes nothing in place, so
 * it can be compiled, and a checkpoint is a plain value.
 */
export interface Optimiser {
  /** The state before the first step. */
  init(parameters: Parameters): Parameters;
  /** One step. It runs in the caller's `tidy`. */
  update(
    parameters: Parameters,
    gradients: Parameters,
    state: Parameters,
    rate: tf.Scalar,
  ): { readonly parameters: Parameters; readonly state: Parameters };
}

/** Fields of {@link sgd}. */
export interface SgdOptions {
  /** The momentum μ; default 0.9. */
  readonly momentum?: number;
  /** Whether to use Nesterov's momentum in PyTorch's form; default true. */
  readonly nesterov?: boolean;
  /** L2 weight decay, added to the gradient: one number for all parameters, or a function of the name. Default 5e-4. */
  readonly weightDecay?: number | ((name: string) => number);
}

const sgdSettings: Settings = {
  momentum: size({ most: 1, default: 0.9 }),
  nesterov: { wanted: "true or false", accepts: (value) => typeof value === "boolean", default: true },
  weightDecay: either(size({ default: 5e-4 }), callable()),
};

const adamSettings: Settings = {
  beta1: size({ most: 1, default: 0.9 }),
  beta2: size({ most: 1, default: 0.999 }),
  epsilon: size({ default: 1e-8 }),
  clipNorm: size({ above: 0 }),
};

function mapValues(record: Parameters, f: (tensor: tf.Tensor, name: string) => tf.Tensor): Parameters {
  return Object.fromEntries(Object.entries(record).map(([name, tensor]) => [name, f(tensor, name)]));
}

/**
 * Stochastic gradient descent with momentum: v ← μ v + g, p ← p − η v (or η (g + μ v) with Nesterov), in
 * PyTorch's form.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { sgd } from "@gcln/kit/training";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { init, update } = sgd({ momentum: 0, weightDecay: 0 }), weights = { w: tf.tensor1d([1]) };
 * const { parameters } = update(weights, { w: tf.tensor1d([2]) }, init(weights), tf.scalar(0.1));
 * assertAlmostEquals((await parameters.w!.data())[0]!, 0.8, 1e-6);
 * ```
 */
export function sgd(options: SgdOptions = {}): Optimiser {
  checkSettings("sgd", sgdSettings, options);
  const { momentum = 0.9, nesterov = true, weightDecay = 5e-4 } = options;
  const decayOf = typeof weightDecay === "number" ? () => weightDecay : weightDecay;
  return {
    init: (parameters) => mapValues(parameters, (p) => tf.zerosLike(p)),
    update(parameters, gradients, state, rate) {
      const decayed = mapValues(
        gradients,
        (g, name) => decayOf(name) === 0 ? g : g.add(parameters[name]!.mul(decayOf(name))),
      );
      const velocity = mapValues(state, (v, name) => v.mul(momentum).add(decayed[name]!));
      return {
        parameters: mapValues(parameters, (p, name) => {
          const direction = nesterov ? velocity[name]!.mul(momentum).add(decayed[name]!) : velocity[name]!;
          return p.sub(direction.mul(rate));
        }),
        state: velocity,
      };
    },
  };
}

/** Fields of {@link adam}. */
export interface AdamOptions {
  /** Decay of the first moment; default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment; default 0.999. */
  readonly beta2?: number;
  /** A small number that is added to the denominator; default 1e-8. */
  readonly epsilon?: number;
  /** The largest joint L2 norm of the gradients, which are scaled down to it; default: no limit. */
  readonly clipNorm?: number;
}

/**
 * Scales gradients so that their joint L2 norm is at most `limit`.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { clipByGlobalNorm } from "@gcln/kit/training";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { a } = clipByGlobalNorm({ a: tf.tensor1d([3]), b: tf.tensor1d([4]) }, 1);
 * assertAlmostEquals((await a!.data())[0]!, 0.6, 1e-5);
 * ```
 */
export function clipByGlobalNorm(gradients: Parameters, limit: number): Parameters {
  const norm = tf.addN(Object.values(gradients).map((g) => g.square().sum())).sqrt();
  const factor = tf.scalar(limit).div(norm.add(1e-6)).minimum(1);
  return mapValues(gradients, (g) => g.mul(factor));
}

/**
 * Adam (Kingma & Ba 2015) with bias correction. The state holds both moments and the step, `t`.
 *
 * @example Usage
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { adam } from "@gcln/kit/training";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { init, update } = adam(), weights = { w: tf.tensor1d([1]) };
 * const { parameters } = update(weights, { w: tf.tensor1d([1e-3]) }, init(weights), tf.scalar(0.1));
 * // The size of the first step is the rate, for any size of gradient.
 * assertAlmostEquals((await parameters.w!.data())[0]!, 0.9, 1e-5);
 * ```
 */
export function adam(options: AdamOptions = {}): Optimiser {
  checkSettings("adam", adamSettings, options);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, clipNorm } = options;
  return {
    init: (parameters) => ({
      ...Object.fromEntries(Object.entries(parameters).map(([name, p]) => [`m.${name}`, tf.zerosLike(p)])),
      ...Object.fromEntries(Object.entries(parameters).map(([name, p]) => [`v.${name}`, tf.zerosLike(p)])),
      t: tf.scalar(0),
    }),
    update(parameters, gradients, state, rate) {
      const clipped = clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm);
      const t = state.t!.add(1);
      const correction1 = tf.scalar(1).sub(tf.scalar(beta1).pow(t));
      const correction = tf.scalar(1).sub(tf.scalar(beta2).pow(t)) as tf.Scalar;
      const rates = { beta1, beta2, epsilon, size: rate.div(correction1) as tf.Scalar, correction };
      const next: Record<string, tf.Tensor> = { t };
      const moved = mapValues(parameters, (p, name) => {
        const moments = { mean: state[`m.${name}`]!, square: state[`v.${name}`]! };
        const { variable, mean, square } = adamStep(p, clipped[name]!, moments, rates);
        next[`m.${name}`] = mean;
        next[`v.${name}`] = square;
        return variable;
      });
      return { parameters: moved, state: next };
    },
  };
}
