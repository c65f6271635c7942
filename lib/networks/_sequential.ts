import { type Images, type Logits, tf } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { type Layer, together } from "./_layer.ts";
import { initialise } from "./parameters.ts";
import type { NetworkSpec, Normalisation } from "./spec.ts";

/**
 * A classifier of stages one after the other. A stage with a name shows its activation to `tap`.
 *
 * @param spec What it is made from.
 * @param stages Names and layers, first to last; unnamed ones (`""`) are not shown.
 */
export function sequential(
  spec: Exclude<NetworkSpec, { architecture: "generator" }>,
  stages: readonly (readonly [name: string, layer: Layer])[],
): Network {
  checkSizes(spec);
  const needs = together(stages.map(([, layer]) => layer));
  return {
    spec,
    layers: stages.map(([name]) => name).filter((name) => name !== ""),
    ...needs,
    init: (seed) => initialise(needs.declarations, seed),
    apply: (parameters, images, pass = {}) => {
      checkChannels(images, spec.channels);
      let value: tf.Tensor = "normalise" in spec ? normalised(images, spec.normalise) : images;
      for (const [name, layer] of stages) {
        value = layer.apply(parameters, value, pass);
        value = pass.instead?.[name] ?? value;
        if (name !== "") pass.tap?.(name, value);
      }
      return value as Logits;
    },
  };
}

/** Refuses images of another number of channels than the network was made for. */
export function checkChannels(images: Images, channels: number): void {
  if (images.shape[3] !== channels) {
    throw new RangeError(
      `Cannot take images of shape [${images.shape}]: the network was made for ${channels} channels`,
    );
  }
}

/** Refuses sizes that make no network. */
export function checkSizes(spec: NetworkSpec): void {
  const sizes = "classes" in spec ? { width: spec.width, classes: spec.classes } : { width: spec.width };
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `The ${name} of a ${spec.architecture} is ${value}; it must be a whole number from 1`,
      );
    }
  }
  if (spec.channels !== 1 && spec.channels !== 3) {
    throw new RangeError(
      `The images of a ${spec.architecture} have ${spec.channels} channels; they must have 1 or 3`,
    );
  }
  const { mean, deviation } = ("normalise" in spec ? spec.normalise : undefined) ?? {};
  for (const values of [mean, deviation]) {
    if (values !== undefined && values.length !== spec.channels) {
      throw new RangeError(`Cannot normalise ${spec.channels} channels by ${values.length} numbers`);
    }
  }
  if (deviation?.some((value) => !(value > 0))) {
    throw new RangeError(`Cannot divide by deviations ${deviation.join(", ")}: they must be positive`);
  }
}

function normalised(images: Images, normalisation: Normalisation | undefined): Images {
  if (normalisation === undefined) return images;
  const { mean, deviation } = normalisation;
  return images.sub(tf.tensor1d([...mean])).div(tf.tensor1d([...deviation]));
}
