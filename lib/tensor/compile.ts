import { callable, checkSetting, checkSettings, type Settings, valueText, word } from "../kinds/mod.ts";
import { tf } from "./tf.ts";

/** A pure function of tensors: what it returns depends on its arguments and constants only. */
export type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor[];

/** A compiled function; `dispose` frees what it holds. */
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
  }
  checkCompileOptions("compile", options);
  const compiler = compilers.get(tf.getBackend());
  if (compiler !== undefined && !recording) {
    recording = true;
    try {
      return compiler(fn, examples, options);
    } finally {
      recording = false;
    }
  }
  const plain = (...inputs: tf.Tensor[]) => tf.tidy(() => fn(...inputs));
  return Object.assign(plain, { dispose() {} });
}
