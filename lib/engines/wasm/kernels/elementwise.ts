import {
  block,
  type Code,
  define,
  type Definition,
  get,
  int,
  repeat,
  set,
  vector,
  when,
} from "../assembler.ts";
import { step, times, UNROLL, VECTOR, zero } from "./loops.ts";

/** y = f(a, b) for `count` vectors, `repeats` times over: with the same b each time. */
function elementwise(f: (a: Code, b: Code) => Code, operands: 1 | 2): Definition {
  return define(["a", "b", "y", "count", "repeats"], ({ a, b, y, count, repeats }, scope) => {
    const [other, left] = [scope.int(), scope.int()];
    const vectors = (number: number): Code =>
      block(
        ...Array.from({ length: number }, (_, i) =>
          vector.store(
            get(y),
            f(vector.load(get(a), i * VECTOR), operands === 2 ? vector.load(get(other), i * VECTOR) : []),
            i * VECTOR,
          )),
        ...[a, other, y].map((address) => step(address, number * VECTOR)),
        step(left, -number),
      );
    const atLeast = (number: number) => int.less(int.constant(number - 1), get(left));
    return times(
      repeats,
      set(other, get(b)),
      set(left, get(count)),
      when(atLeast(UNROLL), repeat(atLeast(UNROLL), vectors(UNROLL))),
      when(get(left), repeat(get(left), vectors(1))),
    );
  });
}

/** Functions of one number or two; the second may be the same few, again and again. */
export const singles = {
  add: elementwise(vector.add, 2),
  subtract: elementwise(vector.subtract, 2),
  multiply: elementwise(vector.multiply, 2),
  divide: elementwise(vector.divide, 2),
  larger: elementwise(orMissing(vector.larger), 2),
  smaller: elementwise(orMissing(vector.smaller), 2),
  /** a where b is positive, else 0. */
  mask: elementwise((a, b) => vector.and(a, vector.greater(b, zero)), 2),
  relu: elementwise((a) => vector.larger(a, zero), 1),
  sign: elementwise(signOf, 1),
} as const;

/** The larger or the smaller, and NaN where one of them is: the instruction alone would pass over that of b. */
function orMissing(choice: (a: Code, b: Code) => Code): (a: Code, b: Code) => Code {
  return (a, b) => vector.or(choice(a, b), vector.and(vector.different(b, b), b));
}

/** 1, −1 or 0; 0 for NaN too, as in TensorFlow.js. */
function signOf(x: Code): Code {
  const where = (condition: Code, value: number) => vector.and(condition, vector.constant(value));
  return vector.or(where(vector.greater(x, zero), 1), where(vector.less(x, zero), -1));
}
