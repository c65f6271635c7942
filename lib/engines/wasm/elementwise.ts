// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
/** Functions of each number of a tensor, by the kit's own kernels. */
import { tf } from "../../tensor/tf.ts";
import type { Machine } from "./engine.ts";
import { address, floats, free, type Info, type WasmBackend } from "./heap.ts";
import { functions } from "./jobs/each.ts";
import { replaceKernel, runKernel } from "./registry.ts";
import { LANES, repeated } from "./sizes.ts";

type Function = typeof functions[number];

/** The same functions for the few numbers that do not fill a vector. */
const plain: Readonly<Record<Function, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  larger: Math.max,
  smaller: Math.min,
  mask: (a, b) => b > 0 ? a : 0,
  relu: (a) => a < 0 ? 0 : a,
  sign: (a) => a > 0 ? 1 : a < 0 ? -1 : 0,
};

/** Vectors that a thread takes at a time, about. */
const PART = 2048;

/** f(a, b) with b of a's size, or with one number of b for each channel. */
export function each({ backend, engine, filters }: Machine, f: Function, a: Info, b: Info): Info {
  const result = backend.makeOutput(a.shape, "float32"), size = tf.util.sizeFromShape(a.shape as number[]);
  const channels = tf.util.sizeFromShape(b.shape as number[]),
    period = channels === size ? 0 : repeated(channels);
  const other = period === 0 || period === channels
    ? address(backend, b)
    : filters.address(b, "repeated", period, (to) => {
      const from = floats(backend, b);
      for (let i = 0; i < period; i++) to[i] = from[i % channels]!;
    });
  const unit = period || LANES, done = Math.floor(size / unit) * unit, vectors = done / LANES;
  const share = Math.max(1, Math.floor(PART * LANES / unit)) * unit / LANES;
  engine.run("each", {
    a: address(backend, a),
    b: other,
    y: address(backend, result),
    kernel: functions.indexOf(f),
    vectors,
    share,
    period: period / LANES,
  }, Math.ceil(vectors / share));
  if (done < size) rest(f, [a, b, result].map((info) => floats(backend, info)) as any, done);
  return result;
}

function rest(f: Function, [a, b, y]: [Float32Array, Float32Array, Float32Array], from: number): void {
  for (let i = from; i < y.length; i++) y[i] = plain[f](a[i]!, b[i % b.length]!);
}

/** A function of each number by a plain loop, for any type. */
function one(backend: WasmBackend, f: (value: number) => number, x: Info): Info {
  const result = backend.makeOutput(x.shape, x.dtype),
    from = floats(backend, x),
    to = floats(backend, result);
  for (let i = 0; i < to.length; i++) to[i] = f(from[i]!);
  return result;
}

const BINARY: Readonly<Record<string, Function>> = {
  Add: "add",
  Sub: "subtract",
  Multiply: "multiply",
  RealDiv: "divide",
  Maximum: "larger",
  Minimum: "smaller",
};

/** Whether b has a number for each of a's, or for each of its channels, or one for all. */
function fits(a: Info, b: Info): boolean {
  if (a.dtype !== "float32" || b.dtype !== "float32") return false;
  const [size, other] = [a, b].map(({ shape }) => tf.util.sizeFromShape(shape as number[])) as [
    number,
    number,
  ];
  if (size === 0 || b.shape.length > a.shape.length) return false;
  return other === 1 || tf.util.arraysEqual(a.shape as number[], b.shape as number[]) ||
    other === a.shape.at(-1) && b.shape.at(-1) === other;
}

/** f(a, b) where both have to be repeated for that; of floats, and where there are any. */
function spread(machine: Machine, f: Function, a: Info, b: Info): Info | undefined {
  const { backend } = machine;
  const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape as number[], b.shape as number[]);
  if (a.dtype !== "float32" || b.dtype !== "float32" || shape.includes(0)) return undefined;
  const [left, right] = [a, b].map((x) => {
    const sides = [...Array<number>(shape.length - x.shape.length).fill(1), ...x.shape];
    const reps = shape.map((side, axis) => side / sides[axis]!);
    return runKernel(backend, "Tile", { x: { ...x, shape: sides } }, { reps });
  }) as [Info, Info];
  const result = each(machine, f, left, right);
  free(backend, left, right);
  return result;
}

/** Numbers as far as they are between two bounds, else the nearer one. */
function within(machine: Machine, x: Info, least: number, most: number): Info {
  const { backend } = machine;
  if (!fits(x, x)) return one(backend, (value) => Math.min(Math.max(value, least), most), x);
  const bounds = [least, most].map((bound) => {
    const one = backend.makeOutput([], "float32");
    floats(backend, one)[0] = bound;
    return one;
  });
  const raised = each(machine, "larger", x, bounds[0]!),
    result = each(machine, "smaller", raised, bounds[1]!);
  free(backend, ...bounds, raised);
  return result;
}

/**
 * Registers them in the place of the package's own, and `ReluGrad`. Two of those are wrong near zero: `Sign` gives 0 up to
 * 1e-7, where the gradients of confident predictions lie, so that attacks would not move such pixels, and `Log1p(x)` gives
 * 0 for a small x. Of a NaN and a number, `Maximum`, `Minimum`, `ClipByValue` and `Relu6` give the number, and so hide it.
 * `IsNan`, `IsInf` and `IsFinite` read whole numbers as if they were float32.
 */
export function registerElementwise(machine: Machine): void {
  for (const [kernel, f] of Object.entries(BINARY)) {
    const stock = tf.getKernel(kernel, "wasm")!.kernelFunc as (given: unknown) => Info;
    const commutes = kernel !== "Sub" && kernel !== "RealDiv";
    replaceKernel(kernel, (given) => {
      const { inputs: { a, b } } = given;
      if (fits(a, b)) return each(machine, f, a, b);
      if (commutes && fits(b, a)) return each(machine, f, b, a);
      return kernel === "Maximum" || kernel === "Minimum"
        ? spread(machine, f, a, b) ?? stock(given)
        : stock(given);
    });
  }
  const relu = tf.getKernel("Relu", "wasm")!.kernelFunc as (given: unknown) => Info;
  replaceKernel("Relu", (given) => {
    const { inputs: { x } } = given;
    return fits(x, x) ? each(machine, "relu", x, x) : relu(given);
  });
  replaceKernel(
    "ClipByValue",
    ({ inputs: { x }, attrs }) => within(machine, x, attrs.clipValueMin, attrs.clipValueMax),
  );
  replaceKernel("Relu6", ({ inputs: { x } }) => within(machine, x, 0, 6));
  for (const [kernel, answer] of [["IsNan", 0], ["IsInf", 0], ["IsFinite", 1]] as const) {
    const stock = tf.getKernel(kernel, "wasm")!.kernelFunc as (given: unknown) => Info;
    replaceKernel(kernel, (given) => {
      const { inputs: { x }, backend } = given;
      if (x.dtype === "float32") return stock(given);
      const result = backend.makeOutput(x.shape, "bool");
      floats(backend, result).fill(answer);
      return result;
    });
  }
  replaceKernel("Sign", ({ inputs: { x }, backend }) => {
    return fits(x, x) ? each(machine, "sign", x, x) : one(backend, (value) => plain.sign(value, 0), x);
  });
  replaceKernel("Log1p", ({ inputs: { x }, backend }) => one(backend, Math.log1p, x));
  replaceKernel("ReluGrad", ({ inputs: { dy, y } }) => each(machine, "mask", dy, y));
}
