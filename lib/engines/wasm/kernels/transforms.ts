/**
 * Winograd's F(4 × 4, 3 × 3) (Lavin & Gray 2016), with names as there: y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A for a filter g and
 * 6 × 6 pixels d. The gradient of g is the transpose of that: Gᵀ [(A ∂y Aᵀ) ⊙ (Bᵀ d B)] G.
 */
import { block, choose, type Code, get, int, type Local, type Scope, set, vector } from "../assembler.ts";
import { type MultiplyAdd, step } from "./loops.ts";

/** Sums and products with numbers that the kernel keeps. */
interface Arithmetic {
  /** a + number b. */
  plus(a: Code, number: number, b: Code): Code;
  /** number a. */
  scaled(a: Code, number: number): Code;
}

/** What becomes of some vectors. What several results have in common is written twice: the compiler works it out once. */
type Rule = (vectors: readonly Code[], arithmetic: Arithmetic) => Code[];

const { add, subtract } = vector;

/** The transforms of one row or column. */
export const rules = {
  /** Bᵀ, of pixels. */
  pixels: ([a, b, c, d, e, f], { plus, scaled }) => {
    const even = plus(e!, -4, c!), odd = plus(d!, -4, b!);
    const wideEven = subtract(e!, c!), wideOdd = scaled(subtract(d!, b!), 2);
    return [
      plus(plus(e!, -5, c!), 4, a!),
      add(even, odd),
      subtract(even, odd),
      add(wideEven, wideOdd),
      subtract(wideEven, wideOdd),
      plus(plus(f!, -5, d!), 4, b!),
    ];
  },
  /** Aᵀ, to outputs. */
  outputs: ([a, b, c, d, e, f], { plus }) => {
    const sum = add(b!, c!), difference = subtract(b!, c!);
    const wideSum = add(d!, e!), wideDifference = subtract(d!, e!);
    return [
      add(add(a!, sum), wideSum),
      plus(difference, 2, wideDifference),
      plus(sum, 4, wideSum),
      add(plus(difference, 8, wideDifference), f!),
    ];
  },
  /** A, of gradients of outputs. */
  slopes: ([a, b, c, d], { plus, scaled }) => {
    const even = add(a!, c!), odd = add(b!, d!);
    const wideEven = plus(a!, 4, c!), wideOdd = plus(scaled(b!, 2), 8, d!);
    return [
      a!,
      add(even, odd),
      subtract(even, odd),
      add(wideEven, wideOdd),
      subtract(wideEven, wideOdd),
      d!,
    ];
  },
  /** G, of filters. */
  taps: ([a, b, c], { plus, scaled }) => {
    const even = add(a!, c!), wideEven = plus(a!, 4, c!), wideOdd = scaled(b!, 2);
    return [
      scaled(a!, 1 / 4),
      scaled(add(even, b!), -1 / 6),
      scaled(subtract(even, b!), -1 / 6),
      scaled(add(wideEven, wideOdd), 1 / 24),
      scaled(subtract(wideEven, wideOdd), 1 / 24),
      c!,
    ];
  },
  /** Gᵀ, to gradients of filters. */
  sums: ([a, b, c, d, e, f], { plus, scaled }) => {
    const near = scaled(add(b!, c!), 1 / 6), far = add(d!, e!);
    return [
      plus(subtract(scaled(a!, 1 / 4), near), 1 / 24, far),
      plus(scaled(subtract(c!, b!), 1 / 6), 1 / 12, subtract(d!, e!)),
      add(plus(scaled(near, -1), 1 / 6, far), f!),
    ];
  },
} satisfies Record<string, Rule>;

/** A rule for the kernel that has this scope. */
export type Transform = (vectors: readonly Code[], scope: Scope) => Code[];

/** A rule with the kernels' way to multiply and add. */
export function transform(rule: Rule, multiplyAdd: MultiplyAdd): Transform {
  return (vectors, scope) =>
    rule(vectors, {
      plus: (a, number, b) => multiplyAdd(b, scope.constant(number), a),
      scaled: (a, number) => vector.multiply(a, scope.constant(number)),
    });
}

/**
 * Transforms a square: `read` gives vectors their values, a line of `side` at a time; `write` takes the first of each
 * line's transform, transformed again, then the second of each, and so on. All of it stays in variables.
 */
export function square(
  scope: Scope,
  side: number,
  transform: Transform,
  read: (line: readonly Local[]) => Code,
  write: (line: readonly Local[], place: number) => Code,
): Code {
  const transformed = (line: readonly Local[]) => {
    const values = transform(line.map(get), scope), results = scope.vectors(values.length);
    return { results, code: block(...values.map((value, i) => set(results[i]!, value))) };
  };
  const lines = Array.from({ length: side }, () => scope.vectors(side)), halves = lines.map(transformed);
  const wholes = halves[0]!.results.map((_, i) => transformed(halves.map(({ results }) => results[i]!)));
  return block(
    ...lines.map((line, i) => block(read(line), halves[i]!.code)),
    ...wholes.map(({ results, code }, i) => block(code, write(results, i))),
  );
}

/** Parameters by which a kernel finds rows of an image, from `row` on: its address, the bytes of a line, how many there are. */
export const ROWS = ["image", "line", "height", "row", "zeros"] as const;

/** The addresses of rows; where there is no image, that of a row of zeros. */
export const rowsOf = (
  rows: readonly Local[],
  { image, line, height, row, zeros }: Readonly<Record<typeof ROWS[number], Local>>,
): Code =>
  block(...rows.map((address, i) => {
    const at = int.add(get(row), int.constant(i)), there = int.add(get(image), int.multiply(at, get(line)));
    return choose(int.less(at, get(height)), set(address, there), set(address, get(zeros)));
  }));

/** Gives vectors the values at an address, which moves on. */
export const loaded = (line: readonly Local[], at: Local, by: Local): Code =>
  block(...line.map((value) => block(set(value, vector.load(get(at))), step(at, get(by)))));

/** Stores vectors at an address, which moves on. */
export const stored = (line: readonly Local[], at: Local, by: Local): Code =>
  block(...line.map((value) => block(vector.store(get(at), get(value)), step(at, get(by)))));
