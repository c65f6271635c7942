import { type KernelGradient, kernelGradients, type RuleName } from "./_kernel_gradients.ts";
import { callable, checkSetting, guess, object, valueText, word } from "../kinds/mod.ts";
import { tf } from "./tf.ts";

/**
 * What takes the place of a kernel's gradient:
 * - `"identity"`: it passes as if the kernel returned its input (straight-through). For a comparison a > b it is that of
 *   a − b; for a choice by a condition, that of the mixture of both; for one-hot vectors, the difference of neighbours.
 * - `"smooth"`: the slope of a smooth function instead of one that jumps or saturates.
 * - `"zero"`: none, which is the truth of kernels for which TensorFlow.js has no gradient at all.
 * - a gradient of one's own, as `tf.registerGradient` takes it.
 * - `"within"`, for `CustomGrad` alone: what a `tf.customGrad` computes is differentiated instead of what its author
 *   gives as its gradient.
 */
export type GradientRule = RuleName | "within" | KernelGradient;

/** Gradients by the name of the kernel, as TensorFlow.js calls it: `{ Round: "identity" }`. */
export type GradientRules = Readonly<Record<string, GradientRule>>;

export type { KernelGradient, RuleName };

const CUSTOM = "CustomGrad";
let depth = 0;

/** Whether gradients are replaced now. Then nothing compiled before may be used, and nothing kept for later. */
export function underGradientRules(): boolean {
  return depth > 0;
}

/**
 * Evaluates a function with the gradients of some kernels replaced: what it puts on the tape is differentiated by the
 * rules, also after it has returned. Values do not change. So any function can be differentiated straight-through, whoever wrote it.
 *
 * TensorFlow.js looks a kernel's gradient up by name when the kernel runs, and keeps it with the tape. So the rules hold for
 * all that `fn` runs and for nothing else. Within each other, the inner rules come first; however `fn` ends, all is as it was
 * before. It must not be asynchronous, as the rules would be gone when it goes on.
 *
 * A second derivative differentiates what the rule computed: of `"identity"` it is 0, of `"smooth"` that of the smooth
 * function (of a leaky slope, 0). Only where the first derivative is taken inside `fn` as well do rules hold for the kernels of
 * gradients, too.
 *
 * Not reached: what is inside a `tf.customGrad` (unless `CustomGrad: "within"`), kernels that no rule is known for
 * (give one's own), and a choice of indices: `argMax`, `topk`, `gather`.
 *
 * @param rules Gradients by kernel.
 * @param fn What is evaluated.
 * @returns What `fn` returns.
 * @throws {RangeError} Where a kernel has no gradient of that name.
 * @throws {TypeError} Where `fn` returns a promise.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gradientAt, tf, useBackend, withGradients } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const round = (x: tf.Tensor1D) => withGradients({ Round: "identity" }, () => x.round());
 * const slope = gradientAt((x: tf.Tensor1D) => round(x).mul(3).sum(), tf.tensor1d([0.2, 0.7]));
 * assertEquals([...await slope.data()], [3, 3]);
 * ```
 */
export function withGradients<T>(rules: GradientRules, fn: () => T): T {
  checkSetting("fn", callable(), fn);
  const replaced = gradientsOf(rules).map(([kernelName, rule]) => ({
    kernelName,
    // Not spread: what is looked up may be a getter.
    gradient: Object.assign(Object.create(rule), { kernelName }) as tf.GradConfig,
    before: tf.getGradient(kernelName) as tf.GradConfig | undefined,
  }));
  const restore = rules[CUSTOM] === undefined ? () => {} : replaceCustomGrad(() => looksWithin);
  for (const { gradient } of replaced) register(gradient.kernelName, gradient);
  depth++;
  try {
    const result = fn();
    if (result instanceof Promise) {
      throw new TypeError(
        "Cannot replace gradients in an asynchronous function: the rules end before it does",
      );
    }
    return result;
  } finally {
    depth--;
    for (const { kernelName, before } of replaced) register(kernelName, before);
    restore();
  }
}

/**
 * Throws where rules are none.
 *
 * @throws {RangeError} Where a kernel has no gradient of that name.
 */
export function checkRules(rules: GradientRules): void {
  gradientsOf(rules);
}

/** The gradient that takes the place of each kernel's. */
function gradientsOf(rules: GradientRules): (readonly [kernel: string, gradient: KernelGradient])[] {
  checkSetting("rules", object("an object of rules by the names of kernels"), rules);
  const { [CUSTOM]: custom, ...kernels } = rules;
  if (custom !== undefined && custom !== "within") {
    throw new RangeError(`Cannot replace the gradient of ${CUSTOM} so: "within" is the one rule for it`);
  }
  return Object.entries(kernels).map(([kernel, rule]) => [kernel, gradientOf(kernel, rule)]);
}

function gradientOf(kernel: string, rule: GradientRule): KernelGradient {
  if (typeof rule === "object" && rule !== null) return rule;
  const known = kernelGradients[kernel];
  if (known === undefined) {
    const names = Object.keys(kernelGradients), meant = guess(kernel, names);
    throw new RangeError(
      `No gradient named ${valueText(rule)} is known for a kernel called ${JSON.stringify(kernel)}${
        meant || "."
      } ` +
        `There are some for ${names.join(", ")}`,
    );
  }
  const gradient = rule === "within" ? undefined : known[rule];
  if (gradient === undefined) {
    const names = Object.keys(known), meant = guess(String(rule), names);
    throw new RangeError(
      `No gradient of ${kernel} is called ${valueText(rule)}${meant || ":"} there are ${names.join(", ")}`,
    );
  }
  return gradient;
}

/** Unregisters first: TensorFlow.js warns of what it overrides. */
function register(kernelName: string, gradient: tf.GradConfig | undefined): void {
  if (tf.getGradient(kernelName) !== undefined) tf.unregisterGradient(kernelName);
  if (gradient !== undefined) tf.registerGradient(gradient);
}

// deno-lint-ignore no-explicit-any -- any number of tensors, then a function
type CustomFunction = (...inputs: any[]) => { value: tf.Tensor; gradFunc: unknown };
type CustomGrad = (f: CustomFunction) => (...inputs: tf.Tensor[]) => tf.Tensor;

/** Computes the value of a custom function without its own gradient, so that nothing need be saved for that. */
const looksWithin: CustomGrad = (f) => (...inputs) => f(...inputs, () => {}).value;

/** All of `tf.customGrad` goes through the engine's method of this name. Returns what undoes it. */
function replaceCustomGrad(make: (before: CustomGrad) => CustomGrad): () => void {
  const engine = tf.engine() as unknown as { customGrad: CustomGrad };
  const own = Object.getOwnPropertyDescriptor(engine, "customGrad"), before = engine.customGrad.bind(engine);
  engine.customGrad = make(before);
  return () => {
    if (own) Object.defineProperty(engine, "customGrad", own);
    else delete (engine as Partial<typeof engine>).customGrad;
  };
}

/**
 * The names of the kernels that a function runs where TensorFlow.js would differentiate it, and `CustomGrad` if it calls
 * `tf.customGrad`: those for which {@linkcode withGradients} may change something.
 *
 * @param fn What is evaluated, once; its result is freed.
 * @param look What runs inside a `tf.customGrad` is not differentiated: `"around"` it is the default, `"within"` lists the
 * kernels inside as well.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { straightThrough, taped, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const x = tf.tensor1d([0.2, 0.7]), round = straightThrough((x: tf.Tensor1D) => x.round<tf.Tensor1D>());
 * assertEquals(taped(() => x.round().square()), new Set(["Round", "Square"]));
 * assertEquals(taped(() => round(x).square()), new Set(["CustomGrad", "Square"]));
 * assertEquals(taped(() => round(x), "within"), new Set(["CustomGrad", "Round"]));
 * ```
 */
export function taped(fn: () => unknown, look: "around" | "within" = "around"): Set<string> {
  checkSetting("fn", callable(), fn);
  checkSetting("look", word(["around", "within"]), look);
  const seen = new Set<string>();
  const witness = (kernelName: string): KernelGradient => ({
    get gradFunc() {
      seen.add(kernelName);
      return () => ({});
    },
  });
  const names = tf.getKernelsForBackend(tf.getBackend()).map(({ kernelName }) => kernelName);
  const record = () => {
    const restore = replaceCustomGrad((before) => (f) => (...inputs) => {
      seen.add(CUSTOM);
      const unsaved: CustomFunction = (...given) => f(...given.slice(0, -1), () => {});
      return look === "within" ? looksWithin(f)(...inputs) : before(unsaved)(...inputs);
    });
    try {
      withGradients(Object.fromEntries(names.map((name) => [name, witness(name)])), () => {
        tf.tidy(() => {
          fn();
        });
      });
    } finally {
      restore();
    }
  };
  // A derivative that has nothing to do with fn, which runs while the tape is on.
  tf.tidy(() => {
    tf.grad((x: tf.Tensor) => {
      record();
      return x.clone();
    })(tf.scalar(0));
  });
  return seen;
}
