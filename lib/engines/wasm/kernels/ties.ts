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
} from "../assembler.ts";
import { FLOAT, INNER } from "../sizes.ts";
import { step, times, VECTOR, zero } from "./loops.ts";
import { ROWS, rowsOf } from "./transforms.ts";

/** A row and a column among the inner 4 × 4 pixels that a tile reads. */
type Place = readonly [row: number, column: number];

/**
 * Pairs of pixels, of which one is equal wherever a tile has a patch of 3 × 3 pixels that equals a neighbour, be it to the
 * side, above or at a corner, in the tile or in the next one: each tile finds out by itself.
 */
const PAIRS: readonly (readonly [Place, Place])[] = [0, 2].flatMap((a) =>
  [0, 2].flatMap((b): [Place, Place][] => [
    [[1 + a / 2, b], [1 + a / 2, b + 1]], // side by side
    [[a, 1 + b / 2], [a + 1, 1 + b / 2]], // one above the other
    [[a, b], [a + 1, b + 1]],
    [[a, b + 1], [a + 1, b]],
  ])
);

/**
 * Looks for equal neighbours among the patches of `tiles` neighbouring tiles: a number for each to `to`, 0 where there can
 * be none; returns how many have some. The four inner rows of the first begin at `row` and `column` of the image. What lies
 * beyond it is zeros.
 */
export const ties: Definition = define(
  [...ROWS, "column", "width", "pixel", "to", "vectors", "tiles"],
  (parameters, scope) => {
    const { column, width, pixel, to, vectors, tiles } = parameters;
    const rows = Array.from({ length: INNER }, () => scope.int()),
      pixels = rows.map(() => scope.vectors(INNER)),
      some = scope.vector();
    const [found, channel, offset, left, tied] = Array.from({ length: 5 }, () => scope.int()) as Five;
    const groups = [0, 4, 8, 12].map((first) => ({
      pairs: PAIRS.slice(first, first + 4),
      alike: scope.vector(),
    }));
    const value = ([row, column]: Place): Code => get(pixels[row]![column]!);
    return block(
      rowsOf(rows, parameters),
      set(found, int.constant(0)),
      times(
        tiles,
        set(channel, int.multiply(get(column), get(pixel))),
        ...groups.map(({ alike }) => set(alike, vector.ones)),
        set(left, get(vectors)),
        repeat(
          get(left),
          set(offset, get(channel)),
          ...rows.map((_, j) =>
            block(
              choose(
                int.less(int.add(get(column), int.constant(j)), get(width)),
                block(
                  ...rows.map((row, i) => set(pixels[i]![j]!, vector.load(int.add(get(row), get(offset))))),
                ),
                block(...rows.map((_, i) => set(pixels[i]![j]!, zero))),
              ),
              step(offset, get(pixel)),
            )
          ),
          // Four pairs of pixels in a vector: a lane's bits stay set where all channels so far are equal.
          ...groups.map(({ pairs, alike }) => {
            const [a, b, c, d] = pairs.map(([one, other]) => vector.equal(value(one), value(other)));
            return set(
              alike,
              vector.and(get(alike), vector.bytes(vector.halves(a!, b!), vector.halves(c!, d!))),
            );
          }),
          set(some, groups.map(({ alike }) => vector.whole(get(alike))).reduce(vector.or)),
          set(tied, vector.any(get(some))),
          set(left, int.multiply(int.subtract(get(left), int.constant(1)), get(tied))),
          step(channel, VECTOR),
        ),
        int.store(get(to), get(tied)),
        step(found, get(tied)),
        step(to, FLOAT),
        step(column, INNER),
      ),
      get(found),
    );
  },
  "returns",
);

type Five = [Local, Local, Local, Local, Local];
