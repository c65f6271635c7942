import { tf } from "./tf.ts";

/** A number that is positive, known by its logarithm as well. */
export interface Logarithm {
  /** The logarithm, worked out when it is asked for. */
  log(): tf.Tensor;
  /** Where a floor (a clip, a small number that is added) hides the number; absent where there is none. */
  hidden?(): tf.Tensor;
  /** Whether it adds up numbers of a row: then it is no probability of a class. */
  readonly isTotal?: boolean;
}

/** What a kernel is run with. */
export interface KernelRun {
  readonly inputs: Readonly<Record<string, tf.Tensor | tf.Tensor[]>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What it returned. */
  readonly output: tf.Tensor;
  /** The logarithm of an input; undefined where it is not known. */
  logarithm(input: tf.Tensor): Logarithm | undefined;
  /** A tensor that stays when what made it is done. */
  keep(tensor: tf.Tensor): tf.Tensor;
}

/** The logarithm of what a kernel returns; undefined where it is not known. */
export type LogRule = (run: KernelRun) => Logarithm | undefined;

/** A mask of a tensor: no gradient passes it, and TensorFlow.js need not know one. */
export function mask(x: tf.Tensor, test: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tf.customGrad((x) => ({
    value: test(x as tf.Tensor),
    gradFunc: () => tf.zeros((x as tf.Tensor).shape),
  }))(x);
}

/** Smaller positive numbers lose their digits in float32, and then are 0. */
export const LEAST = 2 ** -126;
/** Beside a probability near 1, smaller ones have lost half of their 24 bits: rounding decides where the gradient points. */
export const FAINT = 2 ** -12;
/** Instead of minus infinity where exponentials are added up: minus infinity less itself is NaN. */
const LOWEST = -1e30;

/** log Σ exp over some axes. */
function total(logs: tf.Tensor, axes: number | number[], keepDims: boolean): tf.Tensor {
  return logs.maximum(LOWEST).logSumExp(axes, keepDims);
}

const one = ({ inputs }: KernelRun, name: string): tf.Tensor => inputs[name] as tf.Tensor;

/** A kernel of one input whose logarithm is a function of that input. */
const of = (name: string, log: (x: tf.Tensor) => tf.Tensor): LogRule => (run) => {
  if (one(run, name).rank > 3) return undefined; // no row of classes
  const x = run.keep(one(run, name));
  return { log: () => log(x) };
};

/** A product or a ratio: a sum or a difference of logarithms. What is not known by its logarithm must be one number. */
const joined = (join: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): LogRule => (run) => {
  const given = [one(run, "a"), one(run, "b")], known = given.map((x) => run.logarithm(x));
  if (known.every((known) => known === undefined)) return undefined;
  if (given.some((x, i) => known[i] === undefined && x.size > 1)) return undefined;
  const [a, b] = given.map((x, i) => known[i] ?? numberOf(run.keep(x)));
  const log = () => join(a!.log(), b!.log()), hidden = known[0]?.hidden;
  // A share of a row's sum is hidden where the number was.
  return hidden && given[0]!.size === run.output.size ? { log, hidden } : { log };
};

function numberOf(x: tf.Tensor): Logarithm {
  return { log: () => x.log() };
}

/** A power: a multiple of the logarithm. */
function scaled(by: number): LogRule {
  return (run) => {
    const known = run.logarithm(one(run, "x"));
    return known && { log: () => known.log().mul(by) };
  };
}

/** Some of the numbers, or all in another order. */
function moved(move: (log: tf.Tensor, attributes: KernelRun["attributes"]) => tf.Tensor): LogRule {
  return (run) => {
    const known = run.logarithm(one(run, "x"));
    return known && { log: () => move(known.log(), run.attributes) };
  };
}

/** A sum over axes, divided by a count. */
const summed = (count: (x: tf.Tensor, output: tf.Tensor) => number): LogRule => (run) => {
  const x = one(run, "x"),
    { axis, keepDims } = run.attributes as { axis: number | number[]; keepDims?: boolean };
  const known = run.logarithm(x), divisor = count(x, run.output), { shape } = run.output;
  if (known === undefined) return undefined;
  const isTotal = [axis].flat().some((axis) => axis === x.rank - 1 || axis === -1);
  return {
    isTotal,
    log: () => total(known.log(), axis, keepDims ?? false).sub(Math.log(divisor)).reshape(shape),
  };
};

/** A sum of several numbers that are all known by their logarithms. */
function sumOf(run: KernelRun, given: readonly tf.Tensor[]): Logarithm | undefined {
  const known = given.map((x) => run.logarithm(x));
  if (known.some((known) => known === undefined)) return undefined;
  return { log: () => total(tf.stack(known.map((known) => known!.log())), 0, false) };
}

/** A number with a floor under it: where it is hidden, its logarithm is still known. */
function floored(known: Logarithm | undefined, hidden: () => tf.Tensor): Logarithm | undefined {
  return known && { log: known.log, hidden };
}

/** The number, where one input of a and b is known by its logarithm and the other is one number. */
function withNumber(run: KernelRun): { readonly x: tf.Tensor; readonly known: Logarithm } | undefined {
  const a = one(run, "a"), b = one(run, "b");
  for (const [x, other] of [[a, b], [b, a]] as const) {
    const known = run.logarithm(x);
    if (known !== undefined && other.size === 1 && run.logarithm(other) === undefined) return { x, known };
  }
  return undefined;
}

const added: LogRule = (run) => {
  const floor = withNumber(run);
  if (floor === undefined) return sumOf(run, [one(run, "a"), one(run, "b")]);
  const x = run.keep(floor.x);
  return floored(floor.known, () => mask(x, (x) => x.less(FAINT)));
};

const clipped: LogRule = (run) => {
  const { clipValueMin } = run.attributes as { readonly clipValueMin: number };
  if (!(clipValueMin < 0.1)) return undefined;
  const x = run.keep(one(run, "x"));
  return floored(run.logarithm(x), () => mask(x, (x) => x.less(Math.max(clipValueMin, FAINT))));
};

const raised: LogRule = (run) => {
  const floor = withNumber(run);
  if (floor === undefined) return undefined;
  const x = run.keep(floor.x), raised = run.keep(run.output);
  return floored(
    floor.known,
    () => mask(x, (x) => x.less(FAINT).logicalOr(mask(raised, (raised) => raised.greater(x)))),
  );
};

const stacked: LogRule = (run) => {
  const known = Object.values(run.inputs).flat().map((x) => run.logarithm(x));
  if (known.length === 0 || known.some((known) => known === undefined)) return undefined;
  return { log: () => tf.stack(known.map((known) => known!.log()), run.attributes["axis"] as number) };
};

/** The same numbers, perhaps in another shape. */
const passed: LogRule = (run) => {
  const known = run.logarithm(one(run, run.inputs["input"] === undefined ? "x" : "input")),
    { shape } = run.output;
  if (known === undefined || run.output.dtype !== "float32") return undefined;
  return { ...known, log: () => known.log().reshape(shape) };
};

/** Kernels that hand on the numbers that they are given. */
export const PASSING: ReadonlySet<string> = new Set(["Reshape", "ExpandDims", "Identity", "Cast"]);

/** How the logarithm of what a kernel returns is worked out, by the kernel's name. */
export const logRules: Readonly<Record<string, LogRule>> = {
  Softmax: of("logits", (x) => tf.logSoftmax(x, -1)),
  Sigmoid: of("x", (x) => x.neg().softplus().neg()),
  Exp: of("x", (x) => x.clone()),
  Square: scaled(2),
  Sqrt: scaled(0.5),
  Multiply: joined((a, b) => a.add(b)),
  RealDiv: joined((a, b) => a.sub(b)),
  Sum: summed(() => 1),
  Mean: summed((x, output) => x.size / output.size),
  AddN: (run) => sumOf(run, Object.values(run.inputs).flat()),
  Add: added,
  ClipByValue: clipped,
  Maximum: raised,
  Pack: stacked,
  Slice: moved((log, { begin, size }) => log.slice(begin as number[], size as number[])),
  Transpose: moved((log, { perm }) => log.transpose(perm as number[])),
  ...Object.fromEntries([...PASSING].map((kernel) => [kernel, passed])),
};
