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
import { atLeast, type MultiplyAdd, step, times, VECTOR, zero } from "./loops.ts";

/** Runs the statements for each vector of a pixel: several at a time, then the rest one by one. `left` counts down to 0. */
const chunks = (left: Local, width: number, statements: (width: number) => Code): Code =>
  block(
    when(atLeast(width, left), repeat(atLeast(width, left), statements(width), step(left, -width))),
    when(get(left), repeat(get(left), statements(1), step(left, -1))),
  );

/**
 * Over `pixels` pixels of `vectors` vectors each: Σ g, and after these sums Σ g (x − mean), where g is dy or, of the
 * deviations themselves, x − mean. Sums go to `to`.
 */
export function moments(of: "deviations" | "dy", multiplyAdd: MultiplyAdd): Definition {
  return define(
    ["x", "dy", "mean", "to", "vectors", "pixels"],
    ({ x, dy, mean, to, vectors, pixels }, scope) => {
      const [left, line, k] = [scope.int(), scope.int(), scope.int()], [a, b] = [scope.int(), scope.int()];
      const [deviation, value] = [scope.vector(), scope.vector()];
      const MOST = 4, means = scope.vectors(MOST), sums = scope.vectors(MOST), products = scope.vectors(MOST);
      const each = (width: number, make: (v: number) => Code): Code =>
        block(...Array.from({ length: width }, (_, v) => make(v)));
      const sumUp = (width: number): Code =>
        block(
          each(width, (v) =>
            block(
              set(means[v]!, vector.load(get(mean), v * VECTOR)),
              set(sums[v]!, zero),
              set(products[v]!, zero),
            )),
          set(a, get(x)),
          set(b, get(dy)),
          set(k, get(pixels)),
          times(
            k,
            each(width, (v) =>
              block(
                set(deviation, vector.subtract(vector.load(get(a), v * VECTOR), get(means[v]!))),
                set(value, of === "dy" ? vector.load(get(b), v * VECTOR) : get(deviation)),
                set(sums[v]!, vector.add(get(sums[v]!), get(value))),
                set(products[v]!, multiplyAdd(get(value), get(deviation), get(products[v]!))),
              )),
            step(a, get(line)),
            step(b, get(line)),
          ),
          each(width, (v) =>
            block(
              vector.store(get(to), get(sums[v]!), v * VECTOR),
              vector.store(int.add(get(to), get(line)), get(products[v]!), v * VECTOR),
            )),
          ...[x, dy, mean, to].map((address) => step(address, width * VECTOR)),
        );
      return block(
        set(left, get(vectors)),
        set(line, int.multiply(get(vectors), int.constant(VECTOR))),
        chunks(left, MOST, sumUp),
      );
    },
  );
}

/**
 * y = a u + b (x − mean) + d over `pixels` pixels of `vectors` vectors each. There is a number for each channel of a pixel:
 * `factors` are the means, then all a, b and d.
 */
export function blend(multiplyAdd: MultiplyAdd): Definition {
  return define(["u", "x", "y", "factors", "vectors", "pixels"], (parameters, scope) => {
    const { u, x, y, factors, vectors, pixels } = parameters, MOST = 2;
    const [left, line, k, from] = [scope.int(), scope.int(), scope.int(), scope.int()];
    const pointers = [scope.int(), scope.int(), scope.int()], [s, t, to] = pointers as [Local, Local, Local];
    const numbers = Array.from({ length: MOST }, () => scope.vectors(4)) as [Local, Local, Local, Local][];
    const each = (width: number, make: (v: number, numbers: [Local, Local, Local, Local]) => Code): Code =>
      block(...numbers.slice(0, width).map((four, v) => make(v, four)));
    const mix = (width: number): Code =>
      block(
        set(from, get(factors)),
        ...[0, 1, 2, 3].flatMap((i) => [
          each(width, (v, four) => set(four[i]!, vector.load(get(from), v * VECTOR))),
          step(from, get(line)),
        ]),
        ...[u, x, y].map((start, i) => set(pointers[i]!, get(start))),
        set(k, get(pixels)),
        times(
          k,
          each(width, (v, [mean, a, b, d]) => {
            const deviation = vector.subtract(vector.load(get(t), v * VECTOR), get(mean));
            const rest = multiplyAdd(get(b), deviation, get(d));
            return vector.store(
              get(to),
              multiplyAdd(get(a), vector.load(get(s), v * VECTOR), rest),
              v * VECTOR,
            );
          }),
          ...pointers.map((pointer) => step(pointer, get(line))),
        ),
        ...[u, x, y, factors].map((start) => step(start, width * VECTOR)),
      );
    return block(
      set(left, get(vectors)),
      set(line, int.multiply(get(vectors), int.constant(VECTOR))),
      chunks(left, MOST, mix),
    );
  });
}
