import { linf } from "../../attacks/mod.ts";
import { size } from "../../kinds/mod.ts";
import { type Images, type Parameters, tf } from "../../tensor/mod.ts";
import type { TrainingRun } from "../../training/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import {
  accustomed,
  accustomedClassifier,
  type AccustomedNeeds,
  targetClassifier,
} from "../transformed/accustomed.ts";
import { standTransformed, type Transformation } from "../transformed/transformation.ts";
import { filtersOf, sparseSum, type SparseSumOptions, steepestSlope } from "./basis_pursuit.ts";
import { learnedAtoms, sharpPatches } from "./dictionary.ts";
import { lowPass } from "./low_pass.ts";

/** A row with a classifier that is shown images as a smooth part and a sparse sum of atoms. */
export interface SparseLayerRow {
  /** The defense's name. */
  readonly defense: "sparse layer";
  /** The weight of |z|₁: the larger, the fewer atoms. Default 0.1. */
  readonly lambda?: number;
}

/** An image's smooth part and a sparse sum of atoms in the place of the rest. */
export function sparselySummed(options: SparseSumOptions): Transformation {
  return {
    apply(images) {
      const smooth = lowPass(images), sharp = images.sub(smooth) as Images;
      return smooth.add(sparseSum(sharp, options)).clipByValue(0, 1) as Images;
    },
  };
}

async function fit(
  run: TrainingRun<AccustomedNeeds> & { readonly settings: Omit<SparseLayerRow, "defense"> },
) {
  const { data, seed, signal, settings: { lambda = 0.1 } } = run, patches = await sharpPatches(data, seed);
  const atoms = await learnedAtoms(patches, lambda, { seed, signal }), filters = filtersOf(atoms);
  const slope = steepestSlope(filters, data.shape[0]);
  tf.dispose([patches, atoms]);
  const { parameters, history } = await accustomed(run, sparselySummed({ filters, slope, lambda }));
  const all: Parameters = { ...parameters, filters, slope };
  return { parameters: all, history };
}

/**
 * The sparse transformation layer (Sun et al. 2019): an image is split into a smooth part (Tikhonov, λ = 5) and the rest; the
 * rest becomes a sparse sum of atoms of 8 × 8 pixels, at any place (convolutional basis pursuit). The classifier is shown
 * the sum of both.
 *
 * How it was broken: nobody has published a break. The 42 % of Table 2 are the authors' own, by BPDA. Here the pursuit has
 * gradients through all of its steps, and "identity" passes it over.
 *
 * Departure: the authors run 200 steps of ADMM with 64 atoms of convolutional dictionary learning; here there are 8 of
 * FISTA with 32 atoms, which lie at every other pixel and are learned from patches of training images. They train a classifier
 * on such images from the start; here the target is trained a little further on them ({@linkcode accustomed}). What comes out
 * is cut to [0, 1] and not divided by its largest value.
 */
export const sparseLayer: Defense<SparseLayerRow> = defineDefense<SparseLayerRow, AccustomedNeeds>({
  name: "sparse layer",
  title: "Sparse transformation layer",
  source: "Sun et al. 2019",
  traits: [],
  acts: ["on images"],
  breaks: [
    {
      by: "Sun et al. 2019",
      attack: "BPDA",
      on: "cifar10",
      ball: linf(0.031),
      left: 0.42,
      source: "quoted in Table 2 of the paper",
      differs: "the authors' own evaluation",
    },
  ],
  settings: { lambda: size({ above: 0, most: 1, default: 0.1 }) },
  needs: targetClassifier,
  fit,
  stand(networks, { lambda = 0.1 }, { seed }) {
    const { filters, slope } = networks.own.parameters;
    const transformation = sparselySummed({ filters: filters as tf.Tensor4D, slope: slope!, lambda });
    return standTransformed(accustomedClassifier(networks), transformation, seed);
  },
});
