import {
  block,
  type Code,
  define,
  type Definition,
  get,
  int,
  type Local,
  repeat,
  type Scope,
  set,
  vector,
  when,
} from "../assembler.ts";
import { INNER, TILE } from "../sizes.ts";
import { finished } from "./ending.ts";
import { type MultiplyAdd, step, times, VECTOR } from "./loops.ts";

/**
 * Bᵀ d B of Winograd's F(4 × 4, 3 × 3) (Lavin & Gray 2016): 6 × 6 pixels at `x` to 36 at `v`, `vStep` bytes apart, for
 * `vectors` vectors of channels. `scratch` is room for 36 vectors.
 */
export function tileIn(multiplyAdd: MultiplyAdd): Definition {
  return define(
    ["x", "xLine", "xPixel", "v", "vStep", "vectors", "scratch"],
    ({ x, xLine, xPixel, v, vStep, vectors, scratch }, scope) => {
      const d = scope.vectors(TILE), [a, b] = [scope.vector(), scope.vector()];
      const [from, to, column] = [scope.int(), scope.int(), scope.int()];
      const [two, minusFour, four, minusFive] = [2, -4, 4, -5].map(vector.constant) as [
        Code,
        Code,
        Code,
        Code,
      ];
      const g = (i: number) => get(d[i]!);
      /** One row or column: its six values, in order. */
      const transform = (put: (i: number, value: Code) => Code): Code =>
        block(
          put(0, multiplyAdd(g(0), four, multiplyAdd(g(2), minusFive, g(4)))),
          put(5, multiplyAdd(g(1), four, multiplyAdd(g(3), minusFive, g(5)))),
          set(a, multiplyAdd(g(2), minusFour, g(4))),
          set(b, multiplyAdd(g(1), minusFour, g(3))),
          put(1, vector.add(get(a), get(b))),
          put(2, vector.subtract(get(a), get(b))),
          set(a, vector.subtract(g(4), g(2))),
          set(b, vector.multiply(vector.subtract(g(3), g(1)), two)),
          put(3, vector.add(get(a), get(b))),
          put(4, vector.subtract(get(a), get(b))),
        );
      const bytes = TILE * VECTOR;
      return times(
        vectors,
        set(to, get(scratch)),
        set(from, get(x)),
        set(column, int.constant(TILE)),
        times(
          column,
          block(...d.map((value, i) => [
            ...set(value, vector.load(get(from))),
            ...(i < TILE - 1 ? step(from, get(xLine)) : []),
          ])),
          transform((i, value) => vector.store(get(to), value, i * bytes)),
          set(
            from,
            int.subtract(int.add(get(from), get(xPixel)), int.multiply(get(xLine), int.constant(TILE - 1))),
          ),
          step(to, VECTOR),
        ),
        set(from, get(scratch)),
        set(to, get(v)),
        set(column, int.constant(TILE)),
        times(
          column,
          ...d.map((value, i) => set(value, vector.load(get(from), i * VECTOR))),
          // Out of order here, so that addresses go up by steps.
          transformInOrder(transform, to, vStep, scope),
          step(from, bytes),
        ),
        step(x, VECTOR),
        step(v, VECTOR),
      );
    },
  );
}

/** Stores what a transform puts, one step after the other. */
function transformInOrder(
  transform: (put: (i: number, value: Code) => Code) => Code,
  to: Local,
  by: Local,
  scope: Scope,
): Code {
  const results: Local[] = [];
  const keep = transform((i, value) => {
    results[i] = scope.vector();
    return set(results[i]!, value);
  });
  return block(
    keep,
    ...results.map((result) => block(vector.store(get(to), get(result)), step(to, get(by)))),
  );
}

/** Aᵀ m A: 36 vectors at `m`, `mStep` bytes apart, to 4 × 4 pixels at `y`; then the bias and the {@link Ending}. */
export function tileOut(multiplyAdd: MultiplyAdd): Definition {
  return define(
    ["m", "mStep", "y", "yLine", "yPixel", "vectors", "scratch", "bias", "relu", "add", "mask"],
    ({ m, mStep, y, yLine, yPixel, vectors, scratch, bias, relu, add, mask }, scope) => {
      const d = scope.vectors(TILE),
        [s, t, u, w, b] = scope.vectors(5) as [Local, Local, Local, Local, Local];
      const rows = Array.from({ length: INNER }, () => scope.int());
      const [from, to, column] = [scope.int(), scope.int(), scope.int()];
      const [two, four, eight] = [2, 4, 8].map(vector.constant) as [Code, Code, Code];
      const g = (i: number) => get(d[i]!);
      const transform = (put: (i: number, value: Code) => Code): Code =>
        block(
          set(s, vector.add(g(1), g(2))),
          set(t, vector.subtract(g(1), g(2))),
          set(u, vector.add(g(3), g(4))),
          set(w, vector.subtract(g(3), g(4))),
          put(0, vector.add(vector.add(g(0), get(s)), get(u))),
          put(1, multiplyAdd(get(w), two, get(t))),
          put(2, multiplyAdd(get(u), four, get(s))),
          put(3, vector.add(multiplyAdd(get(w), eight, get(t)), g(5))),
        );
      const bytes = TILE * VECTOR;
      return block(
        set(b, vector.constant(0)),
        times(
          vectors,
          when(get(bias), set(b, vector.load(get(bias))), step(bias, VECTOR)),
          set(from, get(m)),
          set(to, get(scratch)),
          set(column, int.constant(TILE)),
          // Rows first: the six vectors of a row follow each other.
          times(
            column,
            ...d.map((value) => block(set(value, vector.load(get(from))), step(from, get(mStep)))),
            transform((i, value) => vector.store(get(to), value, i * bytes)),
            step(to, VECTOR),
          ),
          set(from, get(scratch)),
          set(column, int.constant(0)),
          repeat(
            int.less(get(column), int.constant(INNER)),
            ...d.map((value, i) => set(value, vector.load(get(from), i * VECTOR))),
            ...rows.map((row, i) =>
              set(
                row,
                i === 0
                  ? int.add(get(y), int.multiply(get(column), get(yPixel)))
                  : int.add(get(rows[i - 1]!), get(yLine)),
              )
            ),
            transform((i, value) => set(d[i]!, vector.add(value, get(b)))),
            finished(rows.map((row, i) => [d[i]!, row, 0]), { relu, add, mask }),
            ...rows.map((row, i) => vector.store(get(row), get(d[i]!))),
            step(from, bytes),
            step(column, 1),
          ),
          step(m, VECTOR),
          step(y, VECTOR),
        ),
      );
    },
  );
}
