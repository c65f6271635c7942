/** The loops that the wasm backend computes with, in WebAssembly: what {@link assemble} makes a module of. */
import {
  block,
  choose,
  type Code,
  define,
  type Definition,
  get,
  int,
  type Local,
  memory,
  repeat,
  type Scope,
  set,
  vector,
  when,
} from "./assembler.ts";

import { FLOAT, INNER, LANES, PRODUCTS, TILE } from "./jobs.ts";

/** Bytes of a vector, and how often loops are unrolled. */
const VECTOR = LANES * FLOAT, UNROLL = 4;

/** a b + c. */
export type MultiplyAdd = (a: Code, b: Code, c: Code) => Code;

const step = (local: Local, by: number | Code): Code =>
  set(local, int.add(get(local), typeof by === "number" ? int.constant(by) : by));

/** Runs the statements `count` times (at least once); `count` is used up. */
const times = (count: Local, ...statements: readonly Code[]): Code =>
  repeat(get(count), ...statements, step(count, -1));

const zero = vector.constant(0);

/** How a convolution ends: all of them 0 where they are not wanted. */
interface Ending {
  /** Whether what is below 0 becomes 0. */
  readonly relu: Local;
  /** From where a number is stored to where one is that is added before that. */
  readonly add: Local;
  /** And to where one is that must be positive, else it becomes 0. */
  readonly mask: Local;
}

/** Finishes vectors that are going to be stored at an address and an offset. */
function finished(
  values: readonly (readonly [value: Local, address: Local, offset: number])[],
  { relu, add, mask }: Ending,
): Code {
  const other = (by: Local, address: Local, offset: number) =>
    vector.load(int.add(get(address), get(by)), offset);
  const all = (make: (value: Local, address: Local, offset: number) => Code): Code =>
    block(...values.map(([value, address, offset]) => set(value, make(value, address, offset))));
  return block(
    when(get(add), all((value, address, offset) => vector.add(get(value), other(add, address, offset)))),
    when(get(relu), all((value) => vector.larger(get(value), zero))),
    when(
      get(mask),
      all((value, address, offset) =>
        vector.and(get(value), vector.greater(other(mask, address, offset), zero))
      ),
    ),
  );
}

/**
 * y = x · f for groups of `rows` pixels and panels of `columns` channels, summed over `lines` stretches of `depth`
 * floats that lie `xLine` apart. A pixel's stretch is the next one's moved by `xPixel`; distances are in bytes.
 *
 * There must be `rows` pixels at least: the last group ends at the last pixel, and may overlap the one before. The last
 * panel may have fewer channels than columns. `f` is packed panel by panel: [panels, lines, depth, columns].
 */
function product(rows: number, columns: number, multiplyAdd: MultiplyAdd): Definition {
  const width = columns / LANES;
  return define([
    "x",
    "xPixel",
    "xLine",
    "f",
    "lines",
    "depth",
    "y",
    "yPixel",
    "pixels",
    "channels",
    "bias",
    "relu",
    "add",
    "mask",
  ], ({ x, xPixel, xLine, f, lines, depth, y, yPixel, pixels, channels, bias, relu, add, mask }, scope) => {
    const sums = Array.from({ length: rows }, () => scope.vectors(width));
    const from = Array.from({ length: rows }, () => scope.int());
    const factors = scope.vectors(width), value = scope.vector();
    const [pixel, line, k, filter] = [scope.int(), scope.int(), scope.int(), scope.int()];
    const [start, to, left, b] = [scope.int(), scope.int(), scope.int(), scope.int()];
    const all = (make: (sum: Local, row: number, column: number) => Code): Code =>
      block(...sums.flatMap((row, r) => row.map((sum, c) => make(sum, r, c))));

    /** So many steps along the depth. */
    const multiply = (steps: number): Code =>
      block(
        ...Array.from({ length: steps }, (_, s) => [
          ...factors.map((factor, c) => set(factor, vector.load(get(filter), (s * width + c) * VECTOR))),
          ...from.flatMap((address, r) => [
            set(value, vector.loadSplat(get(address), s * FLOAT)),
            ...sums[r]!.map((sum, c) => set(sum, multiplyAdd(get(value), get(factors[c]!), get(sum)))),
          ]),
        ]).flat(),
        ...from.map((address) => step(address, steps * FLOAT)),
        step(filter, steps * columns * FLOAT),
      );
    /** Stores a vector of a panel that has fewer channels. */
    const narrow = (sum: Local, r: number, c: number): Code => {
      // Channels that are left for this vector: 1, 2 or 3, or 4 and more.
      const room = int.subtract(get(left), int.constant(c * LANES));
      return block(
        choose(
          int.less(int.constant(LANES - 1), room),
          vector.store(get(from[r]!), get(sum), c * VECTOR),
          block(
            when(
              int.equal(room, int.constant(1)),
              vector.storeLane(get(from[r]!), get(sum), 0, c * VECTOR),
            ),
            when(
              int.equal(int.and(room, int.constant(2)), int.constant(2)),
              vector.storeHalf(get(from[r]!), get(sum), 0, c * VECTOR),
            ),
            when(
              int.equal(room, int.constant(3)),
              vector.storeLane(get(from[r]!), get(sum), 2, c * VECTOR + 2 * FLOAT),
            ),
          ),
        ),
      );
    };
    return block(
      set(left, get(channels)),
      set(to, get(y)),
      set(b, get(bias)),
      repeat(
        int.less(int.constant(0), get(left)),
        // Over groups of pixels, with the same panel of the filter.
        set(pixel, int.constant(0)),
        repeat(
          int.less(get(pixel), get(pixels)),
          when(
            int.less(int.subtract(get(pixels), int.constant(rows)), get(pixel)),
            set(pixel, int.subtract(get(pixels), int.constant(rows))),
          ),
          choose(
            get(bias),
            all((sum, _, c) => set(sum, vector.load(get(b), c * VECTOR))),
            all((sum) => set(sum, vector.constant(0))),
          ),
          set(filter, get(f)),
          set(start, int.add(get(x), int.multiply(get(pixel), get(xPixel)))),
          set(line, get(lines)),
          times(
            line,
            ...from.map((address, r) =>
              set(address, r === 0 ? get(start) : int.add(get(from[r - 1]!), get(xPixel)))
            ),
            set(k, get(depth)),
            when(
              int.less(int.constant(UNROLL - 1), get(k)),
              repeat(
                int.less(int.constant(UNROLL - 1), get(k)),
                multiply(UNROLL),
                step(k, -UNROLL),
              ),
            ),
            when(get(k), times(k, multiply(1))),
            step(start, get(xLine)),
          ),
          ...from.map((address, r) =>
            set(
              address,
              r === 0
                ? int.add(get(to), int.multiply(get(pixel), get(yPixel)))
                : int.add(get(from[r - 1]!), get(yPixel)),
            )
          ),
          finished(sums.flatMap((row, r) => row.map((sum, c) => [sum, from[r]!, c * VECTOR] as const)), {
            relu,
            add,
            mask,
          }),
          choose(
            int.less(int.constant(columns - 1), get(left)),
            all((sum, r, c) => vector.store(get(from[r]!), get(sum), c * VECTOR)),
            block(
              ...sums.flatMap((row, r) =>
                row.map((sum, c) =>
                  c === 0
                    ? narrow(sum, r, c)
                    : when(int.less(int.constant(c * LANES), get(left)), narrow(sum, r, c))
                )
              ),
            ),
          ),
          step(pixel, rows),
        ),
        // The next panel.
        set(f, get(filter)),
        step(to, columns * FLOAT),
        when(get(bias), step(b, columns * FLOAT)),
        set(
          left,
          int.subtract(get(left), int.constant(columns)),
        ),
        when(int.less(get(channels), get(left)), set(left, int.constant(0))),
      ),
    );
  });
}

/**
 * Bᵀ d B of Winograd's F(4 × 4, 3 × 3) (Lavin & Gray 2016): 6 × 6 pixels at `x` to 36 at `v`, `vStep` bytes apart, for
 * `vectors` vectors of channels. `scratch` is room for 36 vectors.
 */
function tileIn(multiplyAdd: MultiplyAdd): Definition {
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
function tileOut(multiplyAdd: MultiplyAdd): Definition {
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
const singles = {
  add: elementwise(vector.add, 2),
  subtract: elementwise(vector.subtract, 2),
  multiply: elementwise(vector.multiply, 2),
  divide: elementwise(vector.divide, 2),
  larger: elementwise(vector.larger, 2),
  smaller: elementwise(vector.smaller, 2),
  /** a where b is positive, else 0. */
  mask: elementwise((a, b) => vector.and(a, vector.greater(b, zero)), 2),
  relu: elementwise((a) => vector.larger(a, zero), 1),
  sign: elementwise(signOf, 1),
} as const;

/** 1, −1, 0, or NaN. */
function signOf(x: Code): Code {
  const where = (condition: Code, value: number) => vector.and(condition, vector.constant(value));
  const sign = vector.or(where(vector.greater(x, zero), 1), where(vector.less(x, zero), -1));
  return vector.or(sign, vector.and(vector.different(x, x), x));
}

/** All kernels; `relaxed` ones round a product and a sum once, in one instruction. */
export function kernels(relaxed: boolean): Readonly<Record<string, Definition>> {
  const multiplyAdd: MultiplyAdd = relaxed ? vector.fused : (a, b, c) => vector.add(vector.multiply(a, b), c);
  return {
    ...Object.fromEntries(
      PRODUCTS.map(([rows, columns]) => [`product${rows}x${columns}`, product(rows, columns, multiplyAdd)]),
    ),
    tileIn: tileIn(multiplyAdd),
    tileOut: tileOut(multiplyAdd),
    ...singles,
    copy: define(
      ["to", "from", "bytes"],
      ({ to, from, bytes }) => memory.copy(get(to), get(from), get(bytes)),
    ),
    clear: define(["to", "bytes"], ({ to, bytes }) => memory.clear(get(to), get(bytes))),
  };
}
