import { type BackendName, compile, fold, random, tf, useBackend } from "../../../lib/tensor/mod.ts";
import { DRAWS, type Examined, type Fact, parts } from "./examined.ts";
import { flat, given, type Look, made, type Program } from "./program.ts";

/** A result that is not what plain `cpu` gives. */
export interface Failure {
  readonly engine: BackendName;
  /** What went wrong, without numbers, to tell kinds of failures apart. */
  readonly kind: string;
  readonly message: string;
}

/** Values that were read from an engine. */
interface Read {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  readonly values: ArrayLike<number>;
}

/** How far from what plain `cpu` gives an output may be: `undefined` if its numbers say nothing. */
type Tolerance = number | undefined;

/** What a program gives on plain `cpu`, for each draw. */
export interface Expected {
  readonly outputs: readonly Read[][];
  readonly tolerances: readonly Tolerance[][];
}

const read = (tensors: readonly tf.Tensor[]): Read[] =>
  tensors.map((x) => ({ shape: x.shape, dtype: x.dtype, values: x.dataSync() }));

function run(program: Program, draw: number, look?: Look): Read[] {
  const { f, constants } = made(program, look), inputs = given(program.inputs, program.n, draw);
  let found: Read[] = [];
  try {
    tf.tidy(() => void (found = read(f(...inputs))));
    return found;
  } finally {
    tf.dispose([inputs, constants]);
  }
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let far = 0;
  for (let i = 0; i < a.length; i++) {
    const apart = Math.abs(a[i]! - b[i]!);
    if (!(apart <= far)) far = apart;
  }
  return Number.isNaN(far) ? Infinity : far;
}

/** The noise of rounding, in a program whose lines are looked at. */
class Noise {
  readonly #amplitude: number;
  readonly #seed: number;
  /** The largest number that has come back in a gradient: what gradients that cancel were made of. */
  #steepest = 0;

  constructor(amplitude: number, seed: number) {
    this.#amplitude = amplitude;
    this.#seed = seed;
  }

  /** A value with noise in it and in the gradient that comes back. */
  in(x: tf.Tensor, { name, scale }: Fact, gradient: boolean): tf.Tensor {
    const next = random(fold(this.#seed, name));
    const noise = (x: tf.Tensor, least: number): tf.Tensor => {
      const values = x.dataSync(), far = this.#amplitude * Math.max(largest(values), least);
      return tf.tensor(Float32Array.from(values, () => far * (2 * next() - 1)), x.shape);
    };
    const backward = tf.customGrad((x) => ({
      value: (x as tf.Tensor).clone(),
      gradFunc: (dy: tf.Tensor) => {
        this.#steepest = Math.max(this.#steepest, largest(dy.dataSync()));
        return dy.add(noise(dy, 0));
      },
    }));
    const least = gradient ? this.#steepest : scale;
    if (gradient) this.#steepest = 0;
    return backward(x.add(noise(x, least)));
  }
}

/** What rounding costs relative to the largest number: by most operations, and by Winograd's convolutions and means of a batch. */
const ROUNDING = 2e-6, ROUGH = 2e-5;

/** What a program gives on `cpu`, and how far rounding in its lines may carry its outputs. */
export function expectedOf(program: Program, examined: Examined): Expected {
  const rough = /conv|Conv|batchNormTraining/.test(JSON.stringify(program.lines)),
    amplitude = rough ? ROUGH : ROUNDING;
  const gradients = new Set(flat(program.lines).filter(({ inner }) => inner).map(({ name }) => name));
  const look = (seed: number): Look => {
    const noise = new Noise(amplitude, seed);
    return (name, value) => {
      const seen = new Map(
        parts(name, value).map(([path, x]) => {
          const fact = examined.facts.get(path);
          return [path, fact && !fact.exact ? noise.in(x, fact, gradients.has(name)) : x] as const;
        }),
      );
      if (value instanceof tf.Tensor) return seen.get(name);
      if (Array.isArray(value)) return [...seen.values()];
      return Object.fromEntries(Object.keys(value as object).map((key) => [key, seen.get(`${name}.${key}`)]));
    };
  };
  const outputs = DRAWS.map((draw) => run(program, draw));
  const tolerances = DRAWS.map((draw, i) => {
    const shaken = [1, 2, 3].map((seed) => run(program, draw, look(seed)));
    return outputs[i]!.map(({ values }, k): Tolerance => {
      const far = Math.max(...shaken.map((reads) => farthest(reads[k]!.values, values)));
      if (far === 0) return 0;
      const most = largest(values), tolerance = 5 * far + ROUNDING * most;
      return tolerance < 0.05 * most ? tolerance : undefined;
    });
  });
  return { outputs, tolerances };
}

function difference(
  actual: readonly Read[],
  expected: readonly Read[],
  tolerances: readonly Tolerance[],
): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} outputs, not ${expected.length}`;
  for (const [i, { shape, dtype, values }] of actual.entries()) {
    const right = expected[i]!, tolerance = tolerances[i];
    if (shape.join() !== right.shape.join()) return `output ${i} has shape [${shape}], not [${right.shape}]`;
    if (dtype !== right.dtype) return `output ${i} is of ${dtype}, not ${right.dtype}`;
    const far = farthest(values, right.values);
    if (tolerance !== undefined && far > tolerance) {
      const at = Array.from(values).findIndex((value, k) =>
        !(Math.abs(value - right.values[k]!) <= tolerance)
      );
      return `output ${i}, place ${at} is ${values[at]}, not ${right.values[at]} (± ${
        tolerance.toExponential(1)
      })`;
    }
  }
}

/** Where a program gives something else on an engine than on plain `cpu`, compiled or not. */
export async function failureOf(
  program: Program,
  expected: Expected,
  engine: BackendName,
): Promise<Failure | undefined> {
  await useBackend(engine);
  await tf.setBackend(engine); // the examination has set another
  const failed = (kind: string, message: string): Failure => ({
    engine,
    kind,
    message: `${kind}: ${message}`,
  });
  const thrown = (kind: string, error: unknown) =>
    failed(`${kind} throws`, String(error).slice(0, 300).replace(/\s+/g, " "));
  for (const draw of DRAWS) {
    try {
      const wrong = difference(run(program, draw), expected.outputs[draw]!, expected.tolerances[draw]!);
      if (wrong) return failed("eager", wrong);
    } catch (error) {
      return thrown("eager", error);
    }
  }
  const { f, constants } = made(program), examples = given(program.inputs, program.n, DRAWS[0]);
  let compiled: ReturnType<typeof compile> | undefined;
  try {
    compiled = compile(f, examples);
    for (const draw of [1, 0, 1]) {
      const inputs = given(program.inputs, program.n, draw),
        before = read(inputs),
        held = tf.memory().numTensors;
      const results = compiled(...inputs), actual = read(results);
      const wrong = difference(actual, expected.outputs[draw]!, expected.tolerances[draw]!);
      if (wrong) return failed("compiled", wrong);
      const changed = difference(read(inputs), before, before.map(() => 0));
      if (changed) return failed("compiled", `an input has changed: ${changed}`);
      tf.dispose(results);
      if (tf.memory().numTensors !== held) {
        return failed("compiled", `${tf.memory().numTensors - held} tensors are left`);
      }
      tf.dispose(inputs);
    }
  } catch (error) {
    return thrown("compiled", error);
  } finally {
    compiled?.dispose();
    tf.dispose([examples, constants]);
  }
}
