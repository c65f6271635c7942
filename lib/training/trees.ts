import type { Parameters, tf } from "../tensor/mod.ts";

/** Joins named trees into one, with names such as `parameters.w` and `optimiser.t`, as in a checkpoint. */
export function group(trees: Readonly<Record<string, Parameters | undefined>>): Parameters {
  return Object.fromEntries(
    Object.entries(trees).flatMap(([tree, tensors]) =>
      Object.entries(tensors ?? {}).map(([name, tensor]) => [`${tree}.${name}`, tensor])
    ),
  );
}

/** The result of {@link ungroup}. */
export interface Trees {
  /** Weights and running statistics. */
  readonly parameters: Parameters;
  /** The optimiser's state. */
  readonly optimiser: Parameters;
  /** Any other tree, by its name. */
  readonly [tree: string]: Parameters | undefined;
}

/** The trees that {@link group} joined, by name; a missing tree is empty. */
export function ungroup(
  state: Parameters,
): Trees {
  const trees: Record<string, Record<string, tf.Tensor>> = {};
  for (const [path, tensor] of Object.entries(state)) {
    const dot = path.indexOf(".");
    (trees[path.slice(0, dot)] ??= {})[path.slice(dot + 1)] = tensor;
  }
  return { parameters: {}, optimiser: {}, ...trees };
}

/** Gives names to the list of tensors that a compiled step returns. */
export function byNames(names: readonly string[], tensors: readonly tf.Tensor[]): Parameters {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
}
