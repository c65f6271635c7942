import { type Code, get, int, type Local, repeat, set, vector } from "../assembler.ts";
import { FLOAT, LANES } from "../sizes.ts";

/** Bytes of a vector, and how often loops are unrolled. */
export const VECTOR = LANES * FLOAT, UNROLL = 4;

/** a b + c. */
export type MultiplyAdd = (a: Code, b: Code, c: Code) => Code;

/** Adds to a variable. */
export const step = (local: Local, by: number | Code): Code =>
  set(local, int.add(get(local), typeof by === "number" ? int.constant(by) : by));

/** Runs the statements `count` times (at least once). `count` counts down to 0. */
export const times = (count: Local, ...statements: readonly Code[]): Code =>
  repeat(get(count), ...statements, step(count, -1));

/** Whether a variable is so large. */
export const atLeast = (number: number, local: Local): Code => int.less(int.constant(number - 1), get(local));

/** A vector of zeros. */
export const zero = vector.constant(0);
