import { batchNormTraining, tf } from "../../../lib/tensor/mod.ts";
import { numbers } from "./numbers.ts";

/** Numbers that a program is given, or closes over. */
export interface Source {
  readonly name: string;
  readonly kind: keyof typeof numbers;
  /** Sizes as source: `n` stands for the batch. */
  readonly shape: readonly string[];
  readonly seed: number;
}

/** How an operation treats numbers; what is left out does not hold. */
export interface Traits {
  /** Numbers that are exact in float32 give such numbers. */
  readonly exact?: true;
  /** How many numbers are added up for one, where that is more than a few; with `exact` only. */
  readonly sums?: number;
  /** It jumps: only exact numbers may go in. */
  readonly jumps?: true;
  /** Its gradient jumps where this expression of its inputs is 0. */
  readonly bends?: readonly string[];
  /** Its gradient jumps where numbers are equal. */
  readonly ties?: true;
}

/** `const NAME = CODE`, where the code may be a gradient by `z` of a function of several lines. */
export interface Line {
  readonly name: string;
  readonly code: string;
  readonly traits: Traits;
  /** The lines before `code` in the inner function of `tf.grad`, and by what it is taken. */
  readonly inner?: { readonly of: string; readonly variable: string; readonly lines: readonly Line[] };
}

/** A random pure function with what it is called with. */
export interface Program {
  readonly seed: number;
  /** The batch. */
  readonly n: number;
  readonly inputs: readonly Source[];
  readonly constants: readonly Source[];
  readonly lines: readonly Line[];
  /** What is returned, as source. */
  readonly outputs: readonly string[];
}

/** All lines, those inside gradients too. */
export function flat(lines: readonly Line[]): Line[] {
  return lines.flatMap((line) => [line, ...line.inner ? flat(line.inner.lines) : []]);
}

/** The source of a line; with `looked`, each result goes through a function `look`. */
export function written({ name, code, inner }: Line, indent: string, looked = false): string {
  const wrapped = (value: string) => looked ? `look("${name}", ${value})` : value;
  if (inner === undefined) return `${indent}const ${name} = ${wrapped(code)};`;
  const lines = inner.lines.map((line) => written(line, `${indent}  `, looked));
  const head = `tf.grad((${inner.variable}) => {`, end = `})(${inner.of})`;
  const body = [...lines, `${indent}  return ${code};`].join("\n");
  return `${indent}const ${name} = ${wrapped(`${head}\n${body}\n${indent}${end}`)};`;
}

/** What a program is called with; `draw` tells one set of numbers from another. */
export function given(sources: readonly Source[], n: number, draw = 0): tf.Tensor[] {
  return sources.map(({ kind, shape, seed }) => numbers[kind](sizes(shape, n), seed + 1000 * draw));
}

/** Sizes that are written as source. */
export function sizes(shape: readonly string[], n: number): number[] {
  return shape.map((size) => evaluated(size, { n }) as number);
}

/** The value of some source. */
export function evaluated(code: string, names: Readonly<Record<string, unknown>>): unknown {
  const all = { tf, batchNormTraining, ...names };
  return new Function(...Object.keys(all), `"use strict"; return ${code};`)(...Object.values(all));
}

/** Sees each result on its way, and may put another in its place. */
export type Look = (name: string, value: unknown) => unknown;

/** A program as a function, with its constants made on the engine that runs. */
export function made(
  program: Program,
  look?: Look,
): { readonly f: (...inputs: tf.Tensor[]) => tf.Tensor[]; readonly constants: tf.Tensor[] } {
  const { n, inputs, constants, lines, outputs } = program, values = given(constants, n);
  const names = (sources: readonly Source[]) => sources.map(({ name }) => name);
  const body = lines.map((line) => written(line, "  ", look !== undefined)).join("\n");
  const code = `(${names(inputs).join(", ")}) => {\n${body}\n  return [${outputs.join(", ")}];\n}`;
  const closed = Object.fromEntries(names(constants).map((name, i) => [name, values[i]]));
  const f = evaluated(code, { n, look, ...closed });
  return { f: f as (...inputs: tf.Tensor[]) => tf.Tensor[], constants: values };
}

/** A program as one can run it from the root of the project. */
export function source(program: Program, engine: string): string {
  const { seed, n, inputs, constants, lines, outputs } = program;
  const call = ({ kind, shape, seed }: Source, draw: number) =>
    `${kind}([${shape.join(", ")}], ${seed + 1000 * draw})`;
  const calls = (draw: number) => `[${inputs.map((input) => call(input, draw)).join(", ")}]`;
  const text = [
    `// program ${seed} on ${engine}`,
    `import { batchNormTraining, compile, tf as typed, useBackend } from "./lib/tensor/mod.ts";`,
    `import { flags, index, real, whole } from "./scripts/conformance/programs/numbers.ts";`,
    `const tf = typed as any, n = ${n};`,
    `await useBackend("${engine}");`,
    ...constants.map((constant) => `const ${constant.name} = ${call(constant, 0)};`),
    `const f: any = (${inputs.map(({ name }) => `${name}: any`).join(", ")}) => {`,
    ...lines.map((line) => written(line, "  ")),
    `  return [${outputs.join(", ")}];`,
    `};`,
    `const print = (name: string, given: any[]) =>`,
    `  given.forEach((x, i) => console.log(name, i, x.dtype, x.shape, x.dataSync().slice(0, 12).join(" ")));`,
    `print("eager", f(...${calls(1)}));`,
    `print("compiled", compile(f, ${calls(0)})(...${calls(1)}));`,
    `await tf.setBackend("cpu");`,
    `print("cpu", f(...${calls(1)}));`,
    `Deno.exit(0);`,
  ];
  return text.join("\n").replace(/\(z\) =>/g, "(z: any) =>");
}
