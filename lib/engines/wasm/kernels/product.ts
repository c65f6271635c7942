import {
  block,
  choose,
  type Code,
  define,
  type Definition,
  get,
  int,
  type Local,
  repeat,
  set,
  vector,
  when,
} from "../assembler.ts";
import { FLOAT, LANES } from "../sizes.ts";
import { finished } from "./ending.ts";
import { type MultiplyAdd, step, times, UNROLL, VECTOR, zero } from "./loops.ts";

/**
 * y = x · f for groups of `rows` pixels and panels of `columns` channels, summed over `lines` stretches of `depth`
 * floats that lie `xLine` apart. A pixel's stretch is the next one's moved by `xPixel`; distances are in bytes.
 *
 * There must be `rows` pixels at least: the last group ends at the last pixel, and may overlap the one before. The last
 * panel may have fewer channels than columns. `f` is packed panel by panel: [panels, lines, depth, columns]. All of it is
 * done `points` times over, with the next filter and from places that lie `xPoint` and `yPoint` bytes apart.
 */
export function product(rows: number, columns: number, multiplyAdd: MultiplyAdd): Definition {
  const width = columns / LANES;
  return define([
    ...["x", "xPixel", "xLine", "f", "lines", "depth", "y", "yPixel", "pixels", "channels"] as const,
    ...["bias", "relu", "add", "mask", "points", "xPoint", "yPoint"] as const,
  ], (parameters, scope) => {
    const { x, xPixel, xLine, f, lines, depth, y, yPixel, pixels, channels, bias, relu, add, mask } =
      parameters;
    const sums = Array.from({ length: rows }, () => scope.vectors(width));
    const from = Array.from({ length: rows }, () => scope.int());
    const factors = scope.vectors(width), value = scope.vector();
    const [pixel, line, k, filter] = [scope.int(), scope.int(), scope.int(), scope.int()];
    const [start, to, left, b] = [scope.int(), scope.int(), scope.int(), scope.int()];
    const all = (make: (sum: Local, row: number, column: number) => Code): Code =>
      block(...sums.flatMap((row, r) => row.map((sum, c) => make(sum, r, c))));

    /** A number of steps along the depth. */
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
    /** Stores a vector of a panel that has fewer channels, number by number. */
    const narrow = (sum: Local, r: number, c: number): Code =>
      block(...Array.from({ length: LANES }, (_, lane) =>
        when(
          int.less(int.constant(c * LANES + lane), get(left)),
          vector.storeLane(get(from[r]!), get(sum), lane, c * VECTOR + lane * FLOAT),
        )));
    return times(
      parameters.points,
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
          all((sum) => set(sum, zero)),
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
          // Last, as where it is added by itself: the result is the same to the bit.
          when(
            get(bias),
            all((sum, _, c) => set(sum, vector.add(get(sum), vector.load(get(b), c * VECTOR)))),
          ),
          finished(sums.flatMap((row, r) => row.map((sum, c) => [sum, from[r]!, c * VECTOR] as const)), {
            relu,
            add,
            mask,
          }),
          choose(
            int.less(int.constant(columns - 1), get(left)),
            all((sum, r, c) => vector.store(get(from[r]!), get(sum), c * VECTOR)),
            all(narrow),
          ),
          step(pixel, rows),
        ),
        // The next panel.
        set(f, get(filter)),
        step(to, columns * FLOAT),
        when(get(bias), step(b, columns * FLOAT)),
        set(left, int.subtract(get(left), int.constant(columns))),
        when(int.less(get(channels), get(left)), set(left, int.constant(0))),
      ),
      step(x, get(parameters.xPoint)),
      step(y, get(parameters.yPoint)),
    );
  });
}
