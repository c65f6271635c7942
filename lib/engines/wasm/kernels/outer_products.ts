import {
  block,
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
import { type MultiplyAdd, step, times, UNROLL, VECTOR, zero } from "./loops.ts";

type Five = [Local, Local, Local, Local, Local];

/**
 * to += Σ xᵀ · dy over all pixels, in blocks of `rows` of `inputs` channels by `columns` of `outputs`: [blocks in, blocks
 * out, rows, columns]. The pixels lie in `images` images of `lines` lines of `pixels`; the settings say how many bytes apart.
 *
 * There must be as many channels as a block has, and one pixel; the last blocks may overlap those before. A single column
 * is stored four times.
 */
export function outerProducts(rows: number, columns: number, multiplyAdd: MultiplyAdd): Definition {
  const width = Math.ceil(columns / LANES), load = columns === 1 ? vector.loadSplat : vector.load;
  return define([
    ...["x", "xPixel", "xLine", "xImage", "inputs", "dy", "yPixel", "yLine", "yImage", "outputs"] as const,
    ...["pixels", "lines", "images", "to"] as const,
  ], (parameters, scope) => {
    const { x, xPixel, xLine, xImage, inputs, dy, yPixel, yLine, yImage, outputs } = parameters;
    const { pixels, lines, images, to } = parameters;
    const sums = Array.from({ length: rows }, () => scope.vectors(width));
    const factors = scope.vectors(width), value = scope.vector();
    const [input, output, image, line, k] = Array.from({ length: 5 }, () => scope.int()) as Five;
    const [xStart, yStart, xFrom, yFrom, a] = Array.from({ length: 5 }, () => scope.int()) as Five;
    const b = scope.int();
    const all = (make: (sum: Local, place: number) => Code): Code =>
      block(...sums.flat().map((sum, i) => make(sum, i * VECTOR)));
    /** Runs the statements for blocks of channels, with the first channel of each. */
    const blocks = (first: Local, count: Local, side: number, ...statements: readonly Code[]): Code =>
      block(
        set(first, int.constant(0)),
        repeat(
          int.less(get(first), get(count)),
          when(
            int.less(get(count), int.add(get(first), int.constant(side))),
            set(first, int.subtract(get(count), int.constant(side))),
          ),
          ...statements,
          step(first, side),
        ),
      );
    const channel = (base: Local, first: Local) =>
      int.add(get(base), int.multiply(get(first), int.constant(FLOAT)));
    const pixel = block(
      ...factors.map((factor, c) => set(factor, load(get(b), c * VECTOR))),
      ...sums.flatMap((row, r) => [
        set(value, vector.loadSplat(get(a), r * FLOAT)),
        ...row.map((sum, c) => set(sum, multiplyAdd(get(value), get(factors[c]!), get(sum)))),
      ]),
      step(a, get(xPixel)),
      step(b, get(yPixel)),
    );
    const several = int.less(int.constant(UNROLL - 1), get(k));
    const sumUp = block(
      all((sum) => set(sum, zero)),
      set(xStart, channel(x, input)),
      set(yStart, channel(dy, output)),
      set(image, get(images)),
      times(
        image,
        set(xFrom, get(xStart)),
        set(yFrom, get(yStart)),
        set(line, get(lines)),
        times(
          line,
          set(a, get(xFrom)),
          set(b, get(yFrom)),
          set(k, get(pixels)),
          when(several, repeat(several, ...Array(UNROLL).fill(pixel), step(k, -UNROLL))),
          when(get(k), times(k, pixel)),
          step(xFrom, get(xLine)),
          step(yFrom, get(yLine)),
        ),
        step(xStart, get(xImage)),
        step(yStart, get(yImage)),
      ),
      all((sum, place) => vector.store(get(to), vector.add(vector.load(get(to), place), get(sum)), place)),
      step(to, rows * width * VECTOR),
    );
    return blocks(input, inputs, rows, blocks(output, outputs, columns, sumUp));
  });
}
