import { type Random, random } from "../../../lib/tensor/mod.ts";
import { Examined, type Fact } from "./examined.ts";
import type { Line, Source, Traits } from "./program.ts";

/** A line that an operation proposes: its code, and what is known of it. */
export interface Proposal extends Traits {
  readonly code: string;
}

/** Draws what operations need: numbers, values of the program so far, constants. */
export class Drawer {
  readonly next: Random;
  readonly n: number;
  readonly examined: Examined;
  readonly inputs: Source[] = [];
  readonly constants: Source[] = [];
  /** The values that may be read, the newest last. */
  values: Fact[] = [];
  /** Whether the line that is drawn will be differentiated. */
  inGradient = false;
  #named = 0;

  constructor(seed: number, n: number) {
    this.next = random(seed);
    this.n = n;
    this.examined = new Examined(n);
  }

  /** A whole number from `least` to `most`. */
  int(least: number, most: number): number {
    return least + Math.floor((most - least + 1) * this.next());
  }

  chance(p: number): boolean {
    return this.next() < p;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(list.length * this.next())]!;
  }

  name(letter = "v"): string {
    return `${letter}${this.#named++}`;
  }

  /** A value that fits, rather a new one. */
  value(fits: (fact: Fact) => boolean = isFloat): Fact | undefined {
    const found = this.values.filter(fits);
    if (found.length === 0) return undefined;
    return found[found.length - 1 - Math.floor(found.length * this.next() ** 2)];
  }

  source(kind: Source["kind"], shape: readonly (number | string)[], constant: boolean): Fact {
    const list = constant ? this.constants : this.inputs, name = `${constant ? "c" : "x"}${list.length}`;
    const source = { name, kind, shape: shape.map(String), seed: this.int(1, 999) };
    list.push(source);
    this.examined.source(source, constant);
    return this.examined.facts.get(name)!;
  }

  /** A constant of this shape, mostly of exact numbers. */
  constant(shape: readonly (number | string)[], kind?: Source["kind"]): string {
    return this.source(kind ?? (this.chance(0.7) ? "whole" : "real"), shape, true).name;
  }

  /** Sizes as source; the batch is written as `n`. */
  sizes(shape: readonly number[]): string[] {
    const [rows, ...rest] = shape, { n } = this;
    if (rows === undefined) return [];
    const times = rows / n;
    const first = times === 1 ? "n" : n > 1 && Number.isInteger(times) ? `${times} * n` : String(rows);
    return [first, ...rest.map(String)];
  }

  list(shape: readonly (number | string)[]): string {
    return `[${shape.join(", ")}]`;
  }

  /** Some axes of a value, in order. */
  axes({ shape }: Fact): number[] {
    const axes = shape.map((_, i) => i).filter(() => this.chance(0.5));
    const chosen = axes.length > 0 ? axes : [this.int(0, shape.length - 1)];
    return chosen.map((axis) => this.chance(0.2) ? axis - shape.length : axis);
  }

  /** A line of a proposal. */
  line({ code, ...traits }: Proposal): Line {
    return { name: this.name(), code, traits };
  }
}

/** Proposes a line, where there are values that it could take. */
export type Operation = (draw: Drawer) => Proposal | undefined;

export const isFloat = ({ dtype }: Fact): boolean => dtype === "float32";
export const isInt = ({ dtype }: Fact): boolean => dtype === "int32";
export const isBool = ({ dtype }: Fact): boolean => dtype === "bool";
export const hasRank = (...ranks: readonly number[]) => (fact: Fact): boolean =>
  isFloat(fact) && ranks.includes(fact.shape.length);
