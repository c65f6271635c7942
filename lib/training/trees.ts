import type { Parameters, tf } from "../tensor/mod.ts";

/** Several named trees as one, under `parameters.`, `optimiser.` and so on: what a checkpoint holds. */
export function group(trees: Readonly<Record<string, Parameters | undefined>>): Parameters {
  return Object.fromEntries(
    Object.entries(trees).flatMap(([tree, tensors]) =>
      Object.entries(tensors ?? {}).map(([name, tensor]) => [`${tree}.${name}`, tensor])
    ),
  );
}

/** What {@link ungroup} gives. */
export interface Trees {
  /** Weights and running statistics. */
  readonly parameters: Parameters;
  /** The optimiser's state. */
  readonly optimiser: Parameters;
  /** Any other tree, by its name. */
  readonly [tree: string]: Parameters | undefined;
}

/** The trees of {@link group}, by name; a tree that is not there is empty. */
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

/** Tensors by name again, from the list that a compiled step gives. */
export function byNames(names: readonly string[], tensors: readonly tf.Tensor[]): Parameters {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
}
