import { valueText } from "../kinds/mod.ts";
import { fold, normal, type Parameters, tf } from "../tensor/mod.ts";
import type { Declaration } from "./architecture.ts";

const gain = { he: 2, linear: 1, small: 1 / 3 } as const;

/** The parameters' first values: each from its own seed, so that a change of one layer leaves the others alone. */
export function initialise(declarations: readonly Declaration[], seed: number): Parameters {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Cannot use seed ${valueText(seed)}: a whole number is wanted`);
  }
  return Object.fromEntries(declarations.map(({ name, shape, start, fanIn }) => {
    if (start === "zeros") return [name, tf.zeros([...shape])];
    if (start === "ones") return [name, tf.ones([...shape])];
    return [name, normal([...shape] as [number], 0, Math.sqrt(gain[start] / fanIn), fold(seed, name))];
  }));
}

/** The parameter of that name, or an error that says which one is missing. */
export function parameter<T extends tf.Tensor>(parameters: Parameters, name: string): T {
  const value = parameters[name];
  if (value === undefined) {
    throw new RangeError(`Parameter ${name} is missing; there are ${Object.keys(parameters).length} others`);
  }
  return value as T;
}

/**
 * The parameters that gradients are taken of: all but the running statistics.
 *
 * @param parameters Any network's.
 * @returns The same tensors under the same names.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { network, trainable } from "@gcln/kit/networks";
 * import { useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });
 * assertEquals(Object.keys(trainable(vgg.init(1))).filter((name) => name.includes("running")), []);
 * ```
 */
export function trainable(parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).filter(([name]) => !/\.running_(mean|var)$/.test(name)),
  );
}

/**
 * How many numbers are learned: running statistics are not counted.
 *
 * @param parameters Any network's.
 */
export function countParameters(parameters: Parameters): number {
  return Object.values(trainable(parameters)).reduce((sum, { size }) => sum + size, 0);
}
