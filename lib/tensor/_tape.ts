/**
 * What TensorFlow.js's tape needs for a gradient of a gradient. It writes the operations of a gradient on the tape of the
 * gradient around it, where they are differentiated like all others. But some are taken for constants that are none, and
 * some stop it that are constants:
 * - What a kernel keeps of its output for its gradient (`exp`, `tanh`, `sigmoid`, `softmax`) is copied before the kernel
 *   is on the tape. A second gradient does not find what made the copy: it is wrong without a word.
 * - What `tf.customGrad` keeps of what it computed inside (`tf.losses.softmaxCrossEntropy`) is not on the tape either.
 * - Gradients of functions with a kink (leaky ReLU, `max`, `clipByValue`) compare numbers, and comparisons have no gradient.
 *
 * All this is mended for gradients within gradients. Where one gradient is taken nothing is changed. Choices (the mask of a
 * ReLU, the place of a maximum) are constants, so a penalty of a network of ReLUs sends no zeros back through its layers.
 */
import { tf } from "./tf.ts";

/** The gradient of a gradient's kernel. */
export interface SecondGradient extends tf.GradConfig {
  /** Inputs that the kernel only reads a choice from (where a number is positive, or the largest): no gradient goes there. */
  readonly constants?: readonly string[];
}

/** An operation on the tape. */
interface TapeNode {
  /** Those that its gradients go to. */
  inputs: tf.NamedTensorMap;
  /** All, where there are more. */
  all?: tf.NamedTensorMap;
  readonly outputs: readonly tf.Tensor[];
  readonly saved: tf.Tensor[];
  gradient?: (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;
}

type CustomFunction = (...given: (tf.Tensor | tf.GradSaveFunc)[]) => {
  readonly value: tf.Tensor;
  readonly gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
};

/** The engine, of which there is one in a program. */
interface Engine {
  readonly state: { gradientDepth: number; kernelDepth: number; activeTape: TapeNode[] };
  addTapeNode(
    kernel: string,
    inputs: tf.NamedTensorMap,
    outputs: readonly tf.Tensor[],
    gradient: unknown,
    saved: readonly tf.Tensor[],
    attributes: unknown,
  ): void;
  customGrad(f: CustomFunction): (...inputs: tf.Tensor[]) => tf.Tensor;
  gradients(f: () => tf.Tensor, xs: tf.Tensor[], dy?: tf.Tensor, allowNone?: boolean): unknown;
  isTapeOn(): boolean;
}

const engine = tf.engine() as unknown as Engine, { state } = engine;
const addTapeNode = engine.addTapeNode.bind(engine),
  customGrad = engine.customGrad.bind(engine),
  gradients = engine.gradients.bind(engine);

/** Whether a gradient is being worked out that another one differentiates. */
let inGradient = false;

function asGradient<T>(fn: () => T): T {
  const before = inGradient;
  inGradient = true;
  try {
    return fn();
  } finally {
    inGradient = before;
  }
}

/** Kernels that are constant but for jumps, as all are that return whole numbers or truths. */
const STEPS = new Set(["Sign", "Step"]);

const isStepwise = ({ dtype }: tf.Tensor): boolean => dtype !== "float32" && dtype !== "complex64";

/** The inputs of a gradient's kernel that its result changes with. */
function variable(
  kernel: string,
  inputs: tf.NamedTensorMap,
  outputs: readonly tf.Tensor[],
): tf.NamedTensorMap {
  if (STEPS.has(kernel) || outputs.every(isStepwise)) return {};
  const { constants = [] } = (tf.getGradient(kernel) ?? {}) as Partial<SecondGradient>;
  const isConstant = ([name, x]: [string, tf.Tensor]) => constants.includes(name) || (x && isStepwise(x));
  const given = Object.entries(inputs);
  return given.some(isConstant) ? Object.fromEntries(given.filter((input) => !isConstant(input))) : inputs;
}

engine.addTapeNode = (kernel, inputs, outputs, gradient, saved, attributes) => {
  const isInner = state.gradientDepth > 1, tape = state.activeTape;
  addTapeNode(kernel, inputs, outputs, gradient, saved, attributes);
  const node = tape.at(-1)!;
  if (inGradient) {
    node.inputs = variable(kernel, inputs, outputs);
    if (node.inputs !== inputs) node.all = inputs;
  }
  if (!isInner) return;
  const { gradient: own } = node;
  if (own !== undefined) {
    node.gradient = (dys) => {
      const slopes = Object.entries(asGradient(() => own(dys)));
      return Object.fromEntries(slopes.map(([name, slope]) => [name, () => asGradient(slope)]));
    };
  }
  tape.pop();
  const copies = tape.splice(tape.length - saved.length);
  const isOfOutput = ({ inputs: { x } }: TapeNode) => outputs.includes(x!);
  tape.push(...copies.filter((copy) => !isOfOutput(copy)), node, ...copies.filter(isOfOutput));
};

engine.gradients = (f, xs, ...rest) => {
  const whole = () => {
    const y = f();
    if (y instanceof tf.Tensor) state.activeTape.push(...stepsFrom(xs, y));
    return y;
  };
  return gradients(whole, xs, ...rest);
};

/** For each x that y depends on in steps alone a way from x to y with a gradient of 0: it is no error to ask for it. */
function stepsFrom(xs: readonly tf.Tensor[], y: tf.Tensor): TapeNode[] {
  const tape = state.activeTape;
  if (!tape.some(({ all }) => all !== undefined)) return [];
  const [smooth, any] = [
    leadingTo(y, ({ inputs }) => inputs),
    leadingTo(y, ({ inputs, all = inputs }) => all),
  ];
  return xs.filter(({ id }) => any!.has(id) && !smooth!.has(id)).map((x) => ({
    inputs: { x },
    outputs: [y],
    saved: [],
    gradient: () => ({ x: () => tf.zeros(x.shape) }),
  }));
}

/** The tensors that y is made of. */
function leadingTo(y: tf.Tensor, inputsOf: (node: TapeNode) => tf.NamedTensorMap): ReadonlySet<number> {
  const found = new Set([y.id]);
  for (const node of state.activeTape.toReversed()) {
    if (!node.outputs.some(({ id }) => found.has(id))) continue;
    for (const input of Object.values(inputsOf(node))) if (input) found.add(input.id); // some may be left out
  }
  return found;
}

engine.customGrad = (own) => {
  const f: CustomFunction = (...given) => {
    const { value, gradFunc } = own(...given);
    // TensorFlow.js keeps what a gradient of one's own makes on its way until all of the gradient is there.
    return { value, gradFunc: (...args) => tf.tidy(() => gradFunc(...args)) };
  };
  const plain = customGrad(f), open = customGrad((...given) => onTape(f, given));
  return (...inputs) => (engine.isTapeOn() && state.gradientDepth > 1 ? open : plain)(...inputs);
};

/** A custom function with what it computes on the tape, so that what it saves is known there. Its value has its own gradient. */
function onTape(f: CustomFunction, given: Parameters<CustomFunction>): ReturnType<CustomFunction> {
  const tape = state.activeTape, save = given.at(-1) as tf.GradSaveFunc, start = tape.length;
  let copies: TapeNode[] = [];
  const watched: tf.GradSaveFunc = (tensors) => {
    const from = tape.length;
    atDepth(1, () => save(tensors)); // it puts copies on the tape by itself
    copies = tape.splice(from);
  };
  const made = atDepth(0, () => asGradient(() => f(...given.slice(0, -1), watched)));
  const value = made.value.clone(); // not on the tape: what made the original is not what is differentiated
  const inside = new Set(tape.slice(start).flatMap(({ outputs }) => outputs)).difference(
    new Set([made.value]),
  );
  if (!copies.some(({ inputs: { x } }) => inside.has(x!))) {
    for (const { saved } of tape.splice(start)) tf.dispose(saved); // nothing inside is asked for later
  }
  for (const copy of copies) if (copy.inputs.x === made.value) copy.inputs = { x: value };
  tape.push(...copies);
  return { ...made, value };
}

/** Computes something that is a constant for every gradient. */
export function asConstant<T>(fn: () => T): T {
  return atDepth(state.kernelDepth + 1, fn);
}

/** Runs something as if it stood in so many kernels: in none, TensorFlow.js writes it on the tape. */
function atDepth<T>(depth: number, fn: () => T): T {
  const before = state.kernelDepth;
  state.kernelDepth = depth;
  try {
    return fn();
  } finally {
    state.kernelDepth = before;
  }
}
