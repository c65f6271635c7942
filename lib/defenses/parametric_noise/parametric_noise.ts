import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { standAveraged } from "../stand.ts";
import { type ParametricNoiseSpec, parametricNoiseSpec } from "./spec.ts";

/** A row with noise on the classifier's weights. */
export interface ParametricNoiseRow {
  /** The defense's name. */
  readonly defense: "parametric noise";
}

/** Parametric Noise Injection: adversarially trained, with noise on the weights whose size is learned. */
export const parametricNoise: Defense<ParametricNoiseRow> = defineDefense<
  ParametricNoiseRow,
  { readonly classifier: ParametricNoiseSpec }
>({
  name: "parametric noise",
  title: "Parametric Noise Injection",
  source: "He et al. 2019",
  traits: ["randomised"],
  acts: ["in the network", "in training"],
  keptBy: "networks",
  needs: (_, { profile, dataset, seed }) => ({ classifier: parametricNoiseSpec(profile, dataset, seed) }),
  stand: ({ classifier }, _, { seed }) => standAveraged(classifier, seed),
});
