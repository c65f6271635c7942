import type { Dataset } from "../data/mod.ts";
import { callable, count, list, object, type Settings, size, word } from "../kinds/mod.ts";
import type { Network } from "../networks/mod.ts";
import { tf } from "../tensor/mod.ts";

/** The options that all fits have. */
export const fitSettings: Settings = {
  images: size({ above: 0 }),
  batch: count({ least: 1 }),
  schedule: callable(),
  seed: { wanted: "a whole number", accepts: Number.isSafeInteger },
  progress: object("a progress"),
  signal: object("an AbortSignal"),
};

/** More options, of the fits that can resume after a stop. */
export const resumedFitSettings: Settings = {
  ...fitSettings,
  precision: word(["float32", "bfloat16"], { default: "float32" }),
  checkpoints: object("a store for checkpoints"),
};

/** The options of {@linkcode fitClassifier}. */
export const classifierFitSettings: Settings = {
  ...resumedFitSettings,
  optimiser: object("an optimiser"),
  augment: object("random changes such as { shift: 2 }"),
  adversary: object("an adversary such as { attack }"),
  smoothing: {
    wanted: "a number of at least 0 and below 1",
    accepts: (value) => typeof value === "number" && value >= 0 && value < 1,
    default: 0,
  },
  teacher: callable(),
  start: object("parameters by name"),
  sources: list(object("{ network, parameters, adversary }")),
};

/**
 * Throws if a data set can't train a classifier.
 *
 * @param network The classifier.
 * @param data The training images.
 * @throws {RangeError} If there are no images, or a label is not one of the classes.
 */
export function checkTrainingData(network: Network, data: Dataset): void {
  if (data.size === 0) throw new RangeError(`Cannot train on no images: ${data.name} has none left`);
  const classes = outputsOf(network, data), { labels } = data;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! >= 0 && labels[i]! < classes) continue;
    throw new RangeError(
      `Cannot train on label ${
        labels[i]
      } of image ${i} of ${data.name}: the network's ${classes} outputs stand for 0 to ${classes - 1}`,
    );
  }
}

/** The number of outputs of a network: from its spec or, if that does not say, from a call of the network. */
function outputsOf(network: Network, { shape }: Dataset): number {
  const { classes } = (network.spec ?? {}) as { readonly classes?: number };
  if (classes !== undefined) return classes;
  return tf.tidy(() => network.apply(network.init(0), tf.zeros([1, ...shape]))).shape[1];
}
