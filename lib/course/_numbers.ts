import { areNear, numbersOf } from "./_tried.ts";

/** Whether a value, a tensor or a list or a number, holds the same numbers as another, up to rounding. */
export function agree(value: unknown, wanted: unknown): boolean {
  const found = numbersOf(value), others = numbersOf(wanted);
  return found !== undefined && others !== undefined && areNear(found, others, 1e-4);
}
