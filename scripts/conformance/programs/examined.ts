import { tf } from "../../../lib/tensor/mod.ts";
import { evaluated, given, type Line, type Source } from "./program.ts";

/** What is known of a value of a program. */
export interface Fact {
  /** Its name, as source: `v3`, `v3[0]`, `v3.values`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  /** Whether every engine must give it to the bit. */
  readonly exact: boolean;
  /** The size of the numbers that it was made of: what rounding goes by where they cancel. */
  readonly scale: number;
}

/** The sets of numbers that programs are tried with. */
export const DRAWS = [0, 1];

/** Exact numbers are multiples of 1 / UNIT, below LARGEST. */
const UNIT = 64, LARGEST = 2 ** 12;

/** The most numbers that a value may have. */
const MOST = 2 ** 14;

/** How near to a bend, relative to the largest number, one may not come. */
const MARGIN = 2e-4;

/** Of larger numbers than this, small results are made by small factors or by functions that flatten; and the least that functions go by. */
const CANCELLING = 4, LEAST = 0.25;

type Names = Record<string, unknown>;

/** The lines of a program so far, run on plain `cpu` with numbers of each draw. Lines that would be no fair test are refused. */
export class Examined {
  readonly facts = new Map<string, Fact>();
  readonly #n: number;
  readonly #names: Names[];

  constructor(n: number) {
    this.#n = n;
    this.#names = DRAWS.map(() => ({ n }));
  }

  /** Adds an input or a constant. */
  source(source: Source, constant: boolean): void {
    DRAWS.forEach((draw, i) =>
      this.#names[i]![source.name] = given([source], this.#n, constant ? 0 : draw)[0]
    );
    const { shape, dtype } = this.#names[0]![source.name] as tf.Tensor;
    this.facts.set(source.name, { name: source.name, shape, dtype, exact: source.kind !== "real", scale: 0 });
  }

  /** The values of an expression for each draw. */
  values(code: string): unknown[] {
    return this.#names.map((names) => evaluated(code, names));
  }

  /** Names the variable of a gradient. */
  variable(name: string, of: string): void {
    this.values(of).forEach((value, i) => this.#names[i]![name] = value);
    this.facts.set(name, { ...this.facts.get(of)!, name });
  }

  /** Adds a line that is a fair test and gives its values; else adds nothing. */
  line(line: Line, inGradient = false): Fact[] | undefined {
    try {
      return this.#line(line, inGradient);
    } catch {
      return undefined;
    }
  }

  #line(line: Line, inGradient: boolean): Fact[] | undefined {
    const { name, code, inner, traits } = line;
    if (inner !== undefined) {
      this.variable(inner.variable, inner.of);
      for (const one of inner.lines) if (!this.line(one, true)) return undefined;
    }
    const taken = this.#taken(line);
    const fair = inner !== undefined || this.#isFair(line, taken, inGradient);
    if (!fair) return undefined;
    const exactly = inner === undefined
      ? traits.exact === true && taken.every(({ exact }) => exact) && this.#sumsFit(line, taken)
      : inner.lines.every((one) => this.#partsOf(one.name).every(({ exact }) => exact)) &&
        this.facts.get(inner.of)!.exact && !code.startsWith("tf.mean(");
    const whole = inner === undefined ? code : gradientCode(line);
    const size = Math.min(CANCELLING, Math.max(LEAST, ...taken.map(({ name }) => this.#size(name))));
    const scale = size * Math.max(1, Math.sqrt(traits.sums ?? 1) / CANCELLING); // long sums round often
    const results = this.values(whole), facts: Fact[] = [];
    for (const [path, first] of parts(name, results[0])) {
      const tensors = results.map((result) => new Map(parts(name, result)).get(path)!);
      if (!tensors.every((tensor) => tensor instanceof tf.Tensor && isUsable(tensor))) return undefined;
      const exact = first.dtype !== "float32" || exactly && tensors.every(isExact);
      facts.push({ name: path, shape: first.shape, dtype: first.dtype, exact, scale });
    }
    if (facts.length === 0) return undefined;
    results.forEach((result, i) => this.#names[i]![name] = result);
    for (const fact of facts) this.facts.set(fact.name, fact);
    return facts;
  }

  /** The values that a line reads. */
  #taken({ code, inner }: Line): Fact[] {
    const text = inner === undefined ? code : "";
    return [
      ...new Set(text.match(/\b[vxcz]\d*\b(?:\[\d\]|\.(?:values|indices|output|mean|variance)\b)?/g) ?? []),
    ]
      .flatMap((name) => this.facts.get(name) ?? []);
  }

  #partsOf(name: string): Fact[] {
    return [...this.facts.values()].filter((fact) => fact.name.split(/[.[]/)[0] === name);
  }

  #isFair(
    { traits: { exact, jumps, bends, ties } }: Line,
    taken: readonly Fact[],
    inGradient: boolean,
  ): boolean {
    const given = taken.every(({ exact }) => exact);
    if (given && (exact || jumps)) return true;
    if (jumps) return false;
    if (!inGradient) return true;
    if (ties) return taken.filter(({ exact }) => !exact).every(({ name }) => this.#areApart(name));
    return (bends ?? []).every((bend) => this.facts.get(bend)?.exact || this.#isFar(bend));
  }

  #sumsFit({ traits: { sums } }: Line, taken: readonly Fact[]): boolean {
    if (sums === undefined) return true;
    const largest = taken.map(({ name }) => this.#size(name));
    return sums * largest.reduce((a, b) => a * Math.max(1, b), 1) <= 2 ** 11;
  }

  #size(name: string): number {
    return Math.max(...(this.values(name) as tf.Tensor[]).map(size));
  }

  /** Whether nothing is near 0. */
  #isFar(code: string): boolean {
    return (this.values(code) as tf.Tensor[]).every((tensor) => {
      const values = tensor.dataSync(), margin = MARGIN * size(tensor);
      return values.every((value) => Math.abs(value) > margin);
    });
  }

  /** Whether no two numbers are near each other. */
  #areApart(code: string): boolean {
    return (this.values(code) as tf.Tensor[]).every((tensor) => {
      const values = tensor.dataSync().slice().sort(), margin = MARGIN / 4 * size(tensor);
      return values.every((value, i) => i === 0 || value - values[i - 1]! > margin);
    });
  }
}

/** The expression of a line that is a gradient. */
function gradientCode({ code, inner }: Line): string {
  const lines = inner!.lines.map((line) =>
    `const ${line.name} = ${line.inner ? gradientCode(line) : line.code};`
  );
  return `tf.grad((${inner!.variable}) => { ${lines.join(" ")} return ${code}; })(${inner!.of})`;
}

/** The tensors of a result, with their names. */
export function parts(name: string, result: unknown): [string, tf.Tensor][] {
  if (result instanceof tf.Tensor) return [[name, result]];
  if (Array.isArray(result)) return result.map((part, i) => [`${name}[${i}]`, part]);
  return Object.entries(result as Record<string, tf.Tensor>).map(([key, part]) => [`${name}.${key}`, part]);
}

/** The largest magnitude. */
function size(tensor: tf.Tensor): number {
  return Array.from(tensor.dataSync()).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

function isUsable(tensor: tf.Tensor): boolean {
  const { length } = tensor.dataSync();
  return tensor.shape.every((size) => size > 0) && length <= MOST && tensor.rank <= 5 &&
    size(tensor) <= LARGEST;
}

function isExact(tensor: tf.Tensor): boolean {
  return tensor.dataSync().every((value) => Number.isInteger(value * UNIT));
}
