import { tf } from "../tensor/mod.ts";
import { type Mark, right, unanswered, wrong } from "./mark.ts";

/** What a function of a student gives, or of ours: numbers in a list, one number, or a tensor. */
export type Numbers = number | boolean | ArrayLike<number> | tf.Tensor;

/** A mistake that is often made: the function that has it, and what helps. */
export type Mistake<Inputs extends readonly unknown[]> = readonly [
  does: (...inputs: Inputs) => Numbers,
  hint: string,
];

/** How {@linkcode tried} marks a function. */
export interface Trial<Inputs extends readonly unknown[]> {
  /** The inputs to try it on. The function gets copies, so that it may change them. */
  readonly on: readonly Inputs[];
  /** What the function should do, written in another way. */
  readonly wanted: (...inputs: Inputs) => Numbers;
  /** What to take home from the right answer. */
  readonly learned: string;
  /** Mistakes to look for, in this order: the first that fits on all inputs gives the hint. */
  readonly mistakes: readonly Mistake<Inputs>[];
  /** The hint where no mistake fits. */
  readonly otherwise: string;
  /** How far a number may be off, relative to its size and at least to 1. Default 1e-5. */
  readonly tolerance?: number;
}

/**
 * Marks a function of a student: tries it on inputs, beside the function that is wanted and beside functions with the usual
 * mistakes.
 *
 * @param answer The student's function; it may return a promise.
 * @param trial The inputs, the wanted function, and the mistakes to look for.
 */
export async function tried<Inputs extends readonly unknown[]>(
  answer: (...inputs: Inputs) => unknown,
  { on, wanted, learned, mistakes, otherwise, tolerance = 1e-5 }: Trial<Inputs>,
): Promise<Mark> {
  const given: unknown[] = [];
  for (const inputs of on) given.push(await answer(...inputs.map(copied) as unknown as Inputs));
  if (given.every((value) => value === undefined)) return unanswered("The function returns nothing yet.");
  const expected = on.map((inputs) => wanted(...inputs));
  const misfit = given.map((value, i) => misfitOf(value, expected[i]!)).find((text) => text !== undefined);
  if (misfit !== undefined) return wrong(misfit);
  const fits = (does: (...inputs: Inputs) => Numbers) =>
    on.every((inputs, i) => areNear(numbersOf(given[i])!, numbersOf(does(...inputs))!, tolerance));
  if (fits(wanted)) return right(learned);
  return wrong(mistakes.find(([does]) => fits(does))?.[1] ?? otherwise);
}

/** Numbers of a list, a tensor, or one number, one after the other; undefined where it is something else. */
export function numbersOf(value: unknown): number[] | undefined {
  if (typeof value === "number" || typeof value === "boolean") return [Number(value)];
  if (value instanceof tf.Tensor) return Array.from(value.dataSync() as Float32Array, Number);
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (!Array.isArray(value)) return undefined;
  const flat = value.flat(Infinity);
  return flat.every((entry) => typeof entry === "number") ? flat : undefined;
}

/** Whether two lists hold the same numbers, up to rounding. */
export function areNear(a: readonly number[], b: readonly number[], tolerance: number): boolean {
  const isNear = (value: number, wanted: number) =>
    value === wanted ||
    Number.isFinite(wanted) && Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
  return a.length === b.length && a.every((value, i) => isNear(value, b[i]!));
}

/** What is wrong with the form of a value, in words; undefined where nothing is. */
function misfitOf(value: unknown, wanted: Numbers): string | undefined {
  const isOne = typeof wanted === "number" || typeof wanted === "boolean";
  const form = wanted instanceof tf.Tensor
    ? `a tensor of shape [${wanted.shape}]`
    : isOne
    ? `a ${typeof wanted}`
    : `a list of ${wanted.length} numbers`;
  if (wanted instanceof tf.Tensor !== value instanceof tf.Tensor && !isOne) {
    return `The function should return ${form}, but returns ${described(value)}.`;
  }
  const numbers = numbersOf(value);
  if (numbers === undefined) return `The function should return ${form}, but returns ${described(value)}.`;
  if (numbers.some(Number.isNaN)) {
    return 'The function returns NaN ("not a number"): look for a division by zero, and for a place outside of a list.';
  }
  if (value instanceof tf.Tensor && wanted instanceof tf.Tensor && `${value.shape}` !== `${wanted.shape}`) {
    return `The function should return ${form}, but returns one of shape [${value.shape}].`;
  }
  const count = numbersOf(wanted)!.length;
  return numbers.length === count
    ? undefined
    : `The function should return ${form}, but returns ${described(value)}.`;
}

function described(value: unknown): string {
  if (value instanceof tf.Tensor) return `a tensor of shape [${value.shape}]`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `a list of ${(value as ArrayLike<unknown>).length}`;
  }
  return value === undefined
    ? "nothing"
    : typeof value === "object"
    ? "an object"
    : `the ${typeof value} ${value}`;
}

/** A list may be changed by whoever gets it; tensors can't be. */
function copied(value: unknown): unknown {
  return Array.isArray(value)
    ? value.map(copied)
    : ArrayBuffer.isView(value)
    ? structuredClone(value)
    : value;
}
