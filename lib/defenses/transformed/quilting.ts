import type { Parameters, tf } from "../../tensor/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { accustomed, accustomedClassifier, type AccustomedNeeds, targetClassifier } from "./accustomed.ts";
import { drawnPatches, patchesOf, quilted } from "./quilts.ts";
import { standTransformed, type Transformation, withoutGradient } from "./transformation.ts";

/** A row with a classifier that is shown images sewn from patches of training images. */
export interface QuiltingRow {
  /** The defense's name. */
  readonly defense: "quilting";
}

/** How many patches there are to choose from. */
const PATCHES = 4_096;

/** {@linkcode quilted} as a transformation. */
export function quiltedFrom(patches: tf.Tensor2D): Transformation {
  return {
    draw: drawnPatches,
    ...withoutGradient((images, { ranks }) => quilted(images, patches, ranks as tf.Tensor1D)),
  };
}

/**
 * Image quilting (Guo et al. 2018, §4.4): the classifier is shown images that are sewn from patches of 5 × 5 pixels of clean
 * training images, each one of the 10 nearest, at random.
 *
 * How it was broken: Athalye et al. 2018 left 0 % on ImageNet by passing gradients over the quilting (BPDA), and their mean
 * over draws (EOT). The choice of a patch has no gradient of its own.
 *
 * Departure: the authors have a million patches, here there are 4096, since small images have fewer kinds of them and an
 * attack searches among all at each step. The answer is the mean of 8 draws, as for every random defense, and the target is
 * trained a little further on quilts ({@linkcode accustomed}); Guo et al. train from the start. The cuts between patches are
 * those of {@linkcode quilted}.
 */
export const quilting: Defense<QuiltingRow> = defineDefense<QuiltingRow, AccustomedNeeds>({
  name: "quilting",
  title: "Image quilting",
  source: "Guo et al. 2018",
  traits: ["randomised", "non-differentiable"],
  acts: ["on images"],
  breaks: [
    {
      by: "Athalye et al. 2018",
      attack: "BPDA and EOT",
      on: "imagenet",
      left: 0,
      source: "Table 1",
      differs: "a million patches, an Inception-v3 as it is",
    },
  ],
  needs: targetClassifier,
  async fit(run) {
    const patches = patchesOf(run.data, PATCHES, run.seed);
    try {
      const { parameters, history } = await accustomed(run, quiltedFrom(patches));
      const all: Parameters = { ...parameters, patches: patches.clone() };
      return { parameters: all, history };
    } finally {
      patches.dispose();
    }
  },
  stand: (networks, _, { seed }) => {
    const patches = networks.own.parameters["patches"] as tf.Tensor2D;
    return standTransformed(accustomedClassifier(networks), quiltedFrom(patches), seed);
  },
});
