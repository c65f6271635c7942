import { callable, checkSetting, checkSettings, type Settings, valueText, word } from "../kinds/mod.ts";
import { tf } from "./tf.ts";

/** A pure function of tensors: what it returns depends on its arguments and constants only. */
export type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor[];

/**
 * A compiled function; `dispose` frees what it holds.
 *
 * It takes tensors of the shapes and types that it was compiled for, and says so where it gets others.
 */
export interface Compiled {
  (...inputs: tf.Tensor[]): tf.Tensor[];
  /** Frees the graph. It cannot be called afterwards. */
  dispose(): void;
}

/** What convolutions are computed in. */
export type Precision = "float32" | "bfloat16";

/** Fields of {@link compile}. */
export interface CompileOptions {
  /**
   * What convolutions are computed in. With `bfloat16` they keep 8 significant bits of 24, and processors that have the
   * format (AVX512_BF16, AMX) are faster. That is precise enough to search for an attack, not to judge its result. Only
   * the native backend has it; the others compute in float32.
   *
   * @default {"float32"}
   */
  readonly precision?: Precision;
}

/** Makes one graph of a function: what an engine may bring to make functions faster. */
export type Compiler = (
  fn: TensorFunction,
  examples: readonly tf.Tensor[],
  options: CompileOptions,
) => Compiled;

const settings: Settings = { precision: word(["float32", "bfloat16"], { default: "float32" }) };

/** Throws where options are not those of {@linkcode compile}. */
export function checkCompileOptions(what: string, options: CompileOptions): void {
  checkSettings(what, settings, options);
}

const compilers = new Map<string, Compiler>();
let recording = false;

/** Whether a function is being recorded now: what it calls must then run plainly. */
export function isRecording(): boolean {
  return recording;
}

/** Says which compiler {@linkcode compile} uses on a backend; `useBackend` does so when an engine has started. */
export function registerCompiler(backend: string, compiler: Compiler): void {
  compilers.set(backend, compiler);
}

/**
 * Turns a pure function of tensors into one graph, where the backend can (the native one and WebAssembly), and is the
 * identity elsewhere. The values are the same but for rounding, unless another precision is asked for.
 *
 * The function is called once, with `examples`, and what it does is recorded: shapes are fixed from then on,
 * and whatever it computes from anything but its arguments (weights it closes over, random numbers) is frozen.
 *
 * @param fn A pure function.
 * @param examples Tensors of the shapes and types it will be called with.
 * @param options What convolutions are computed in.
 * @returns The function, which takes and returns tensors like `fn`; `dispose` it when done.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compile, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const square = compile((x) => [x!.square()], [tf.zeros([3])]);
 * assertEquals([...await square(tf.tensor1d([1, 2, 3]))[0]!.data()], [1, 4, 9]);
 * square.dispose();
 * ```
 */
export function compile(
  fn: TensorFunction,
  examples: readonly tf.Tensor[],
  options: CompileOptions = {},
): Compiled {
  checkSetting("fn", callable(), fn);
  for (const example of examples) {
    if (!(example instanceof tf.Tensor)) {
      throw new TypeError(`Cannot compile for ${valueText(example)}: tensors are wanted`);
    }
    if (example.isDisposed) throw new Error("Cannot compile for a tensor that is disposed");
  }
  checkCompileOptions("compile", options);
  return checked(made(listing(fn), examples, options), examples);
}

/** By the engine's compiler; plainly where there is none, in a function that is being recorded, and for no images at all. */
function made(fn: TensorFunction, examples: readonly tf.Tensor[], options: CompileOptions): Compiled {
  const backend = tf.getBackend(), compiler = compilers.get(backend);
  if (compiler === undefined || recording || examples.some(({ size }) => size === 0)) {
    return Object.assign((...inputs: tf.Tensor[]) => tf.tidy(() => fn(...inputs)), { dispose() {} });
  }
  recording = true;
  try {
    const run = compiler(fn, examples, options);
    const there = (...inputs: tf.Tensor[]) => {
      if (tf.getBackend() === backend) return run(...inputs);
      throw new Error(`Compiled on the backend ${backend}, got ${tf.getBackend()}`);
    };
    return Object.assign(there, { dispose: () => run.dispose() });
  } finally {
    recording = false;
  }
}

/** A function that gives tensors of its own, not its inputs or what it closes over, and fails where it gives no tensors. */
function listing(fn: TensorFunction): TensorFunction {
  return (...inputs) => {
    const outputs: unknown = fn(...inputs);
    if (Array.isArray(outputs) && outputs.every((output) => output instanceof tf.Tensor)) {
      return outputs.map((output) => output.clone());
    }
    throw new TypeError(
      `Cannot compile a function that returns ${valueText(outputs)}: a list of tensors is wanted`,
    );
  };
}

/** A compiled function that looks at what it is called with: a graph would take other bytes for its own. */
function checked(run: Compiled, examples: readonly tf.Tensor[]): Compiled {
  const wanted = examples.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  let isDisposed = false;
  const call = (...inputs: tf.Tensor[]): tf.Tensor[] => {
    if (isDisposed) throw new Error("Cannot call a compiled function after its dispose()");
    if (inputs.length !== wanted.length) {
      const { length } = wanted;
      throw new TypeError(
        `Compiled for ${length} ${length === 1 ? "input" : "inputs"}, got ${inputs.length}`,
      );
    }
    wanted.forEach(({ shape, dtype }, i) => {
      const input: unknown = inputs[i], compiled = `Compiled for input ${i} of`;
      if (!(input instanceof tf.Tensor)) {
        throw new TypeError(`${compiled} shape [${shape}], got ${valueText(input)}: a tensor is wanted`);
      }
      if (input.isDisposed) throw new Error(`${compiled} shape [${shape}], got a tensor that is disposed`);
      if (!tf.util.arraysEqual(input.shape, shape)) {
        throw new RangeError(`${compiled} shape [${shape}], got [${input.shape}]`);
      }
      if (input.dtype !== dtype) throw new TypeError(`${compiled} type ${dtype}, got ${input.dtype}`);
    });
    return run(...inputs);
  };
  const dispose = () => {
    if (!isDisposed) run.dispose();
    isDisposed = true;
  };
  return Object.assign(call, { dispose });
}
