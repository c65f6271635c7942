import type { Parameters, tf } from "../tensor/mod.ts";
import type { Declaration, Pass } from "./architecture.ts";

/** A piece of a network: what it needs, and what it does with it. */
export interface Layer {
  readonly declarations: readonly Declaration[];
  readonly batchNorms?: Readonly<Record<string, string>>;
  apply(parameters: Parameters, x: tf.Tensor, pass: Pass): tf.Tensor;
}

/** Layers one after the other, as one. */
export function sequence(...layers: readonly Layer[]): Layer {
  return {
    ...needsOf(layers),
    apply: (parameters, x, pass) => layers.reduce((value, layer) => layer.apply(parameters, value, pass), x),
  };
}

/** What several layers need. */
export function needsOf(layers: readonly Layer[]): Required<Pick<Layer, "declarations" | "batchNorms">> {
  return {
    declarations: layers.flatMap(({ declarations }) => declarations),
    batchNorms: Object.assign({}, ...layers.map(({ batchNorms }) => batchNorms)),
  };
}

/** A layer without parameters. */
export function plain<In extends tf.Tensor>(f: (x: In) => tf.Tensor): Layer {
  return { declarations: [], apply: (_, x) => f(x as In) };
}
