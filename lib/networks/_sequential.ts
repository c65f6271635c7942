import type { Logits, tf } from "../tensor/mod.ts";
import type { ArchitectureSpec, Network } from "./architecture.ts";
import { checkApplied } from "./_applied.ts";
import { type Layer, needsOf } from "./_layer.ts";
import { initialise } from "./parameters.ts";
import { normalised } from "./normalisation.ts";

/**
 * A classifier of stages one after the other. A stage with a name shows its activation to `tap`.
 *
 * @param spec What it is made from.
 * @param stages Names and layers, first to last; unnamed ones (`""`) are not shown.
 */
export function sequential(
  spec: ArchitectureSpec,
  stages: readonly (readonly [name: string, layer: Layer])[],
): Network {
  const needs = needsOf(stages.map(([, layer]) => layer));
  return {
    spec,
    layers: stages.map(([name]) => name).filter((name) => name !== ""),
    ...needs,
    init: (seed) => initialise(needs.declarations, seed),
    apply: (parameters, images, pass = {}) => {
      checkApplied(images, spec.channels, pass);
      let value: tf.Tensor = spec.normalise === undefined ? images : normalised(images, spec.normalise);
      for (const [name, layer] of stages) {
        value = layer.apply(parameters, value, pass);
        value = pass.instead?.[name] ?? value;
        if (name !== "") pass.tap?.(name, value);
      }
      return value as Logits;
    },
  };
}
