import { tf } from "./tf.ts";

/** Names of the gradients that may replace a kernel's own. */
export type RuleName = "identity" | "smooth" | "zero";

/** How TensorFlow.js differentiates a kernel: a `tf.GradConfig` without the kernel's name. */
export interface KernelGradient {
  /** The names of the inputs that `gradFunc` needs. */
  readonly inputsToSave?: string[];
  /** Which outputs it needs. */
  readonly outputsToSave?: boolean[];
  /**
   * For each input a function that computes its gradient, by the input's name.
   *
   * @param dy The gradient of the output, or of the outputs.
   * @param saved The saved inputs, then the saved outputs.
   * @param attributes The attributes of the kernel.
   */
  gradFunc(
    dy: tf.Tensor | tf.Tensor[],
    saved: tf.Tensor[],
    attributes: Readonly<Record<string, unknown>>,
  ): Record<string, () => tf.Tensor>;
}

type Slope = (x: tf.Tensor, attributes: Readonly<Record<string, unknown>>) => tf.Tensor;

/** The slope where it would be 0, so that no gradient vanishes altogether. */
const LEAK = 0.1;
/** The width over which a comparison is smoothed, on the scale of images, 0 to 1. */
const WIDTH = 0.1;

/** A kernel of one input x whose gradient is dy times a slope. */
function unary(slope: Slope): KernelGradient {
  return {
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attributes) => ({ x: () => slope(x!, attributes).mul(dy as tf.Tensor) }),
  };
}

const straight: KernelGradient = { gradFunc: (dy) => ({ x: () => (dy as tf.Tensor).clone() }) };
const leaky = (inside: Slope): Slope => (x, attributes) => inside(x, attributes).mul(1 - LEAK).add(LEAK);
const float = (mask: tf.Tensor): tf.Tensor => mask.cast("float32");
/** The slope of (1 + tanh x) / 2. */
const bump = (x: tf.Tensor): tf.Tensor => tf.sub(1, x.tanh().square()).mul(0.5);

/** dy as the gradient of an input that was broadcast. */
function reduced(dy: tf.Tensor, input: tf.Tensor): tf.Tensor {
  const axes = tf.backend_util.getReductionAxes(input.shape, dy.shape);
  return (axes.length > 0 ? dy.sum(axes) : dy).reshape(input.shape);
}

/** A kernel of two inputs a and b whose gradients are dy times a slope each. */
function binary(slopes: (a: tf.Tensor, b: tf.Tensor) => readonly [tf.Tensor, tf.Tensor]): KernelGradient {
  return {
    inputsToSave: ["a", "b"],
    gradFunc: (dy, [a, b]) => {
      const of = (which: 0 | 1) => reduced(slopes(a!, b!)[which].mul(dy as tf.Tensor), which === 0 ? a! : b!);
      return { a: () => of(0), b: () => of(1) };
    },
  };
}

/** a > b as a step of a − b, or of b − a. */
function compared(slope: (difference: tf.Tensor) => tf.Tensor, direction: 1 | -1): KernelGradient {
  return binary((a, b) => {
    const rise = slope(float(a).sub(float(b))).mul(direction);
    return [rise, rise.neg()];
  });
}

const zeroOf = (...inputs: readonly string[]): KernelGradient => ({
  inputsToSave: [...inputs],
  gradFunc: (_, saved) =>
    Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros(saved[i]!.shape)])),
});

/** x chosen by a condition: the condition is differentiated as the number t c + e (1 − c) would be. */
const mixed: KernelGradient = {
  inputsToSave: ["condition", "t", "e"],
  gradFunc: (given, [condition, t, e]) => {
    const dy = given as tf.Tensor, chosen = float(condition!);
    return {
      condition: () => dy.mul(t!.sub(e!)),
      t: () => dy.mul(chosen),
      e: () => dy.mul(tf.sub(1, chosen)),
    };
  },
};

/** One-hot vectors: the slope between the vectors of the next smaller and the next larger number. */
const neighbours: KernelGradient = {
  inputsToSave: ["indices"],
  gradFunc: (dy, [indices], attributes) => {
    const { depth, onValue = 1, offValue = 0 } = attributes as Record<string, number>;
    const at = (shift: number) => float(tf.oneHot(indices!.add(tf.scalar(shift, "int32")), depth!));
    const rise = ((onValue as number) - (offValue as number)) / 2;
    return { indices: () => at(1).sub(at(-1)).mul(dy as tf.Tensor).sum(-1).mul(rise) };
  },
};

function unaries(
  smooth: Slope,
  names: readonly string[],
): Record<string, Partial<Record<RuleName, KernelGradient>>> {
  const rules = { identity: straight, smooth: unary(smooth), zero: zeroOf("x") };
  return Object.fromEntries(names.map((name) => [name, rules]));
}

function comparisons(
  direction: 1 | -1,
  names: readonly string[],
): Record<string, Partial<Record<RuleName, KernelGradient>>> {
  const rules = {
    identity: compared(tf.onesLike, direction),
    smooth: compared((difference) => bump(difference.div(WIDTH)).div(WIDTH), direction),
    zero: zeroOf("a", "b"),
  };
  return Object.fromEntries(names.map((name) => [name, rules]));
}

const turn = 2 * Math.PI;
const within: Slope = (x, attributes) => {
  const { clipValueMin, clipValueMax } = attributes as Record<string, number>;
  return float(x.greaterEqual(clipValueMin!).logicalAnd(x.lessEqual(clipValueMax!)));
};
const soft = { and: binary((a, b) => [float(b), float(a)]), or: binary((a, b) => [unless(b), unless(a)]) };
const unless = (mask: tf.Tensor): tf.Tensor => tf.sub(1, float(mask));
const larger = binary((a, b) => [leaky((x) => float(x.greaterEqual(b)))(a, {}), leaky(beyond(a))(b, {})]);
const smaller = binary((a, b) => [leaky((x) => float(x.lessEqual(b)))(a, {}), leaky(below(a))(b, {})]);
function beyond(a: tf.Tensor): Slope {
  return (b) => float(b.greater(a));
}
function below(a: tf.Tensor): Slope {
  return (b) => float(b.less(a));
}
const both = binary((a, b) => [tf.onesLike(a), tf.onesLike(b)]);

/** The gradients by name, for each kernel that has some. */
export const kernelGradients: Readonly<Record<string, Partial<Record<RuleName, KernelGradient>>>> = {
  // Largest where the value jumps: the slope of x − sin(2πx) / 2π and of its like.
  ...unaries((x) => tf.sub(1, x.mul(turn).cos()), ["Round"]),
  ...unaries((x) => x.mul(turn).cos().add(1), ["Floor", "Ceil"]),
  ...unaries((x) => bump(x).mul(2), ["Sign"]),
  ...unaries(bump, ["Step"]),
  ...unaries(leaky(within), ["ClipByValue"]),
  ...unaries(leaky((x) => x.step()), ["Relu"]),
  ...unaries(leaky((x) => x.step().mul(float(x.lessEqual(6)))), ["Relu6"]),
  ...comparisons(1, ["Greater", "GreaterEqual"]),
  ...comparisons(-1, ["Less", "LessEqual"]),
  Equal: { zero: zeroOf("a", "b") },
  NotEqual: { zero: zeroOf("a", "b") },
  LogicalAnd: { identity: soft.and, smooth: soft.and, zero: zeroOf("a", "b") },
  LogicalOr: { identity: soft.or, smooth: soft.or, zero: zeroOf("a", "b") },
  LogicalNot: {
    identity: { gradFunc: (dy) => ({ x: () => (dy as tf.Tensor).neg() }) },
    smooth: { gradFunc: (dy) => ({ x: () => (dy as tf.Tensor).neg() }) },
    zero: zeroOf("x"),
  },
  Maximum: { identity: both, smooth: larger },
  Minimum: { identity: both, smooth: smaller },
  Select: { identity: mixed, smooth: mixed },
  OneHot: { identity: neighbours, smooth: neighbours, zero: zeroOf("indices") },
};
