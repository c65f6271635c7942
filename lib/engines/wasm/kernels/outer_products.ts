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
import { atLeast, type MultiplyAdd, step, times, UNROLL, VECTOR, zero } from "./loops.ts";

type Five = [Local, Local, Local, Local, Local];

/**
 * to += Σ xᵀ · dy over all pixels, for `inputs` by `outputs` channels: rows that lie `line` bytes apart. The pixels lie in
 * `images` images of `lines` lines of `pixels`; the settings say how many bytes apart.
 *
 * Channels are taken `rows` by `columns` at a time, and must be multiples of these. There must be one pixel at least. All of
 * it is done `points` times over, from places that lie `xPoint`, `yPoint` and `point` bytes apart.
 */
export function outerProducts(rows: number, columns: number, multiplyAdd: MultiplyAdd): Definition {
  const width = Math.ceil(columns / LANES), single = columns === 1;
  const load = single ? vector.loadSplat : vector.load;
  const store = single
    ? (address: Code, value: Code, offset: number) => vector.storeLane(address, value, 0, offset)
    : vector.store;
  return define([
    ...["x", "xPixel", "xLine", "xImage", "inputs", "dy", "yPixel", "yLine", "yImage", "outputs"] as const,
    ...["pixels", "lines", "images", "to", "line", "points", "xPoint", "yPoint", "point"] as const,
  ], (parameters, scope) => {
    const { x, xPixel, xLine, xImage, inputs, dy, yPixel, yLine, yImage, outputs } = parameters;
    const { pixels, lines, images, to } = parameters;
    const sums = Array.from({ length: rows }, () => scope.vectors(width));
    const factors = scope.vectors(width), value = scope.vector();
    const [input, output, image, line, k] = Array.from({ length: 5 }, () => scope.int()) as Five;
    const [xStart, yStart, xFrom, yFrom, a] = Array.from({ length: 5 }, () => scope.int()) as Five;
    const [b, at, place, toFrom, xFirst] = Array.from({ length: 5 }, () => scope.int()) as Five;
    const pixel = block(
      ...factors.map((factor, c) => set(factor, load(get(b), c * VECTOR))),
      ...sums.flatMap((row, r) => [
        set(value, vector.loadSplat(get(a), r * FLOAT)),
        ...row.map((sum, c) => set(sum, multiplyAdd(get(value), get(factors[c]!), get(sum)))),
      ]),
      step(a, get(xPixel)),
      step(b, get(yPixel)),
    );
    const several = atLeast(UNROLL, k);
    const sumUp = block(
      ...sums.flat().map((sum) => set(sum, zero)),
      set(xStart, get(xFirst)),
      set(yStart, int.add(get(dy), int.multiply(get(output), int.constant(FLOAT)))),
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
      set(place, get(at)),
      ...sums.map((row) =>
        block(
          ...row.map((sum, c) =>
            store(get(place), vector.add(load(get(place), c * VECTOR), get(sum)), c * VECTOR)
          ),
          step(place, get(parameters.line)),
        )
      ),
      step(at, columns * FLOAT),
      step(output, columns),
    );
    return times(
      parameters.points,
      set(input, get(inputs)),
      set(toFrom, get(to)),
      set(xFirst, get(x)),
      repeat(
        get(input),
        set(output, int.constant(0)),
        set(at, get(toFrom)),
        repeat(int.less(get(output), get(outputs)), sumUp),
        step(toFrom, int.multiply(get(parameters.line), int.constant(rows))),
        step(xFirst, rows * FLOAT),
        step(input, -rows),
      ),
      step(x, get(parameters.xPoint)),
      step(dy, get(parameters.yPoint)),
      step(to, get(parameters.point)),
    );
  });
}

/** y = the sum of `groups` times `vectors` vectors; each group begins `distance` bytes behind the one before. */
export const total: Definition = define(
  ["x", "distance", "groups", "y", "vectors"],
  ({ x, distance, groups, y, vectors }, scope) => {
    const sum = scope.vector(), [group, from] = [scope.int(), scope.int()];
    return times(
      vectors,
      set(sum, zero),
      set(from, get(x)),
      set(group, get(groups)),
      times(group, set(sum, vector.add(get(sum), vector.load(get(from)))), step(from, get(distance))),
      vector.store(get(y), get(sum)),
      step(x, VECTOR),
      step(y, VECTOR),
    );
  },
);
