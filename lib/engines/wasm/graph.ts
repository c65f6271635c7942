// deno-lint-ignore-file no-explicit-any -- kernels have no types of their own
import type { tf } from "../../tensor/tf.ts";
import type { Info } from "./heap.ts";

/** Some memory that a kernel fills, an argument, or a constant. */
export interface Value {
  /** What is the same in every run. */
  readonly constant?: Info["dataId"];
}

/** A value under a shape and type: several tensors may share one memory. */
export interface Use {
  readonly value: Value;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** A kernel to run. */
export interface Node {
  readonly kernel: string;
  readonly inputs: Inputs<Use>;
  readonly attributes: any;
  readonly outputs: readonly Use[];
}

/** A kernel's inputs: by name, or a list; under a name there may be a list, too. */
export type Inputs<T> = Readonly<Record<string, T | readonly T[]>>;

/** Inputs with something else for each; those that are left out stay so. */
export function mapped<T extends object, U>(inputs: Inputs<T>, f: (input: T) => U): Inputs<U> {
  if (Array.isArray(inputs)) return inputs.map(f) as unknown as Inputs<U>;
  const given = Object.entries(inputs).filter(([, input]) => input !== undefined && input !== null);
  return Object.fromEntries(
    given.map(([name, input]) => [name, Array.isArray(input) ? input.map(f) : f(input as T)]),
  );
}

/** Kernels in the order in which they run. */
export interface Graph {
  readonly arguments: readonly Value[];
  readonly nodes: readonly Node[];
  readonly results: readonly Use[];
}

/** All inputs of a node. */
export function usesOf({ inputs }: Node): Use[] {
  return Object.values(inputs).flat() as Use[];
}
