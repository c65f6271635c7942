import {
  block,
  type Code,
  define,
  type Definition,
  get,
  int,
  type Local,
  set,
  vector,
} from "../assembler.ts";
import { LANES, TAPS, TILE } from "../sizes.ts";
import { step, times, VECTOR, zero } from "./loops.ts";
import { loaded, square, stored, type Transform } from "./transforms.ts";

/**
 * Transforms the taps of filters to 36 points, for four channels out and `inputs` channels in. Distances in bytes: from one
 * tap to the next, `down` and `across`, and from one channel to the next, `lane` (out) and `input`; of the result, from one
 * channel in to the next, `row`, and from one point to the next.
 */
export function filtersIn(transform: Transform): Definition {
  return define(
    ["from", "down", "across", "lane", "input", "inputs", "to", "row", "point"],
    ({ from, down, across, lane, input, inputs, to, row, point }, scope) => {
      const [tap, column, at] = [scope.int(), scope.int(), scope.int()];
      const gather = (value: Local): Code =>
        block(
          ...Array.from({ length: LANES }, (_, i) =>
            block(
              set(value, vector.loadLane(get(tap), i === 0 ? zero : get(value), i)),
              i < LANES - 1 ? step(tap, get(lane)) : [],
            )),
          step(tap, int.subtract(get(down), int.multiply(get(lane), int.constant(LANES - 1)))),
        );
      return times(
        inputs,
        set(column, get(from)),
        set(at, get(to)),
        square(
          scope,
          TAPS,
          transform,
          (line) => block(set(tap, get(column)), ...line.map(gather), step(column, get(across))),
          (line) => stored(line, at, point),
        ),
        step(from, get(input)),
        step(to, get(row)),
      );
    },
  );
}

/** Transforms 36 points to the gradients of taps, for `vectors` vectors of filters; both lie `point` bytes apart. */
export function filtersOut(transform: Transform): Definition {
  return define(["from", "to", "point", "vectors"], (parameters, scope) => {
    const { from, to, point, vectors } = parameters, [start, at] = [scope.int(), scope.int()];
    return times(
      vectors,
      set(start, get(from)),
      set(at, get(to)),
      square(scope, TILE, transform, (line) => loaded(line, start, point), (line) =>
        block(
          ...line.map((value, i) =>
            vector.store(int.add(get(at), int.multiply(get(point), int.constant(i * TAPS))), get(value))
          ),
          step(at, get(point)),
        )),
      step(from, VECTOR),
      step(to, VECTOR),
    );
  });
}
