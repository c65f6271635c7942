import { linf } from "../../attacks/mod.ts";
import { count, size } from "../../kinds/mod.ts";
import { tf } from "../../tensor/mod.ts";
import { type ClassifierSpec, trainingImages } from "../../training/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { classifierSpec } from "../none.ts";
import { standDetecting } from "../stand.ts";
import { dimensionsAmong, partsOf } from "./dimensions.ts";
import { fitDetector } from "./fit_detector.ts";

/** A row with the target classifier and a detector by local dimensions. */
export interface LocalDimensionRow {
  /** The defense's name. */
  readonly defense: "local dimension";
  /** The share of clean images that may be refused; default 0.05. */
  readonly falsePositives?: number;
  /** Training images that the detector learns from, and as many that set its threshold; default 1000. */
  readonly images?: number;
}

/**
 * The LID detector of Ma et al. 2018: around attacked images, activations have a higher local intrinsic dimensionality than
 * around clean and noisy ones. Logistic regression on that of every level (pixels, stages, logits) refuses images; the
 * classifier is the target as it is.
 *
 * How it was broken: Athalye et al. 2018 left 5 % at ε = 0.031 with images that the classifier is very sure of (PGD on the
 * margin), and without looking at the detector: it had learned from images that are only just wrong. Here an attacker may also
 * look at it ("detector too"): given which images are nearest, a dimension has a gradient.
 *
 * Departure: the published code compares an image with the other images of its batch, so that its score depends on who they
 * are. Here they are 100 clean training images, always the same. The levels are the outputs of stages, where it has those of all
 * layers. The detector learns from PGD at ε = 8/255 with all images, fooled or not; a row of the original has an attack
 * each. The original reports areas under curves; here a threshold refuses a share of clean training images, 5 % by default,
 * that nothing else was fitted to.
 */
export const localDimensionDetector: Defense<LocalDimensionRow> = defineDefense<
  LocalDimensionRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "local dimension",
  title: "LID detector",
  source: "Ma et al. 2018",
  traits: ["detects"],
  acts: ["by refusing"],
  breaks: [
    {
      by: "Athalye et al. 2018",
      attack: "PGD to high confidence",
      on: "cifar10",
      ball: linf(0.031),
      left: 0.05,
      source: "Table 1",
    },
  ],
  settings: {
    falsePositives: size({ above: 0, most: 1, default: 0.05 }),
    images: count({ least: 100, default: 1000 }),
  },
  needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
  fit: fitDetector,
  async stand({ classifier, own: { parameters } }, { images = 1000 }, { dataset, seed }) {
    const data = await trainingImages(dataset), { reference } = partsOf(data.size, images, seed);
    const near = data.batch(reference), dimensions = dimensionsAmong(classifier, near.images);
    tf.dispose([near.images, near.labels]);
    const { mean, deviation, weights, threshold } = parameters;
    const stand = standDetecting(
      classifier,
      (images) =>
        dimensions(images).sub(mean!).div(deviation!).mul(weights!).sum(1).sub(threshold!) as tf.Tensor1D,
    );
    return { ...stand, dispose: dimensions.dispose };
  },
});
