import {
  block,
  choose,
  type Code,
  define,
  type Definition,
  get,
  int,
  type Local,
  set,
  vector,
  when,
} from "../assembler.ts";
import { INNER, POINTS, TILE } from "../sizes.ts";
import { finished } from "./ending.ts";
import { step, times, VECTOR, zero } from "./loops.ts";
import { loaded, ROWS, rowsOf, square, stored, type Transform } from "./transforms.ts";

/**
 * Transforms `tiles` neighbouring squares of pixels, one every four, to 36 points each: [tiles, points, vectors]. The first
 * begins at `row` and `column` of the image. What lies beyond it is zeros.
 */
export function tilesIn(side: number, transform: Transform): Definition {
  return define(
    [...ROWS, "column", "width", "pixel", "to", "vectors", "tiles"],
    (parameters, scope) => {
      const { column, width, pixel, to, vectors, tiles } = parameters;
      const rows = Array.from({ length: side }, () => scope.int());
      const [point, from, left, offset, current, at] = Array.from({ length: 6 }, () => scope.int()) as Six;
      return block(
        rowsOf(rows, parameters),
        set(point, int.multiply(get(vectors), int.constant(VECTOR))),
        times(
          tiles,
          set(from, int.multiply(get(column), get(pixel))),
          set(left, get(vectors)),
          times(
            left,
            set(current, get(column)),
            set(offset, get(from)),
            set(at, get(to)),
            square(
              scope,
              side,
              transform,
              (line) =>
                block(
                  choose(
                    int.less(get(current), get(width)),
                    block(
                      ...line.map((value, i) => set(value, vector.load(int.add(get(rows[i]!), get(offset))))),
                    ),
                    block(...line.map((value) => set(value, zero))),
                  ),
                  step(current, 1),
                  step(offset, get(pixel)),
                ),
              (line) => stored(line, at, point),
            ),
            step(from, VECTOR),
            step(to, VECTOR),
          ),
          step(to, int.multiply(get(point), int.constant(POINTS - 1))),
          step(column, INNER),
        ),
      );
    },
  );
}

type Five = [Local, Local, Local, Local, Local];
type Six = [...Five, Local];

/**
 * Transforms the points of `tiles` neighbouring tiles to 4 × 4 pixels each, of which there are `rows` and, of all tiles
 * together, `columns`; then the bias and the {@link Ending}. The points lie `point` bytes apart.
 */
export function tilesOut(transform: Transform): Definition {
  return define(
    [
      ...["from", "point", "to", "line", "pixel", "vectors", "tiles", "rows", "columns"] as const,
      ...["bias", "relu", "add", "mask"] as const,
    ],
    (parameters, scope) => {
      const { from, point, to, line, pixel, vectors, tiles, rows, columns, bias } = parameters;
      const addresses = Array.from({ length: INNER }, () => scope.int()), added = scope.vector();
      const [tile, channel, left, at, start] = Array.from({ length: 5 }, () => scope.int()) as Five;
      /** What becomes of so many rows of a column. */
      const end = (results: readonly Local[]): Code =>
        block(
          finished(results.map((value, i) => [value, addresses[i]!, 0] as const), parameters),
          ...results.map((value, i) => vector.store(get(addresses[i]!), get(value))),
        );
      return times(
        tiles,
        set(tile, get(from)),
        set(start, get(to)),
        set(channel, get(bias)),
        set(added, zero),
        set(left, get(vectors)),
        times(
          left,
          when(get(bias), set(added, vector.load(get(channel))), step(channel, VECTOR)),
          set(at, get(tile)),
          set(addresses[0]!, get(start)),
          square(
            scope,
            TILE,
            transform,
            (line) => loaded(line, at, point),
            (results, column) =>
              when(
                int.less(int.constant(column), get(columns)),
                ...results.map((value) => set(value, vector.add(get(value), get(added)))),
                ...addresses.slice(1).map((address, i) =>
                  set(address, int.add(get(addresses[i]!), get(line)))
                ),
                ...results.map((_, i) =>
                  when(int.equal(get(rows), int.constant(i + 1)), end(results.slice(0, i + 1)))
                ),
                step(addresses[0]!, get(pixel)),
              ),
          ),
          step(tile, VECTOR),
          step(start, VECTOR),
        ),
        step(from, int.multiply(get(point), int.constant(POINTS))),
        step(to, int.multiply(get(pixel), int.constant(INNER))),
        step(columns, -INNER),
      );
    },
  );
}
