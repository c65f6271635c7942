import { word } from "../../kinds/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { standAveraged, standSinglePasses } from "../stand.ts";
import { type ParametricNoiseSpec, parametricNoiseSpec } from "./spec.ts";

/** A row with noise on the classifier's weights. */
export interface ParametricNoiseRow {
  /** The defense's name. */
  readonly defense: "parametric noise";
  /**
   * What reads an image: the mean of 8 passes, attacked through the mean of 8 others; or, as its authors do, a single pass,
   * attacked through passes that are fresh in each step. Default "mean".
   */
  readonly scored?: "mean" | "single passes";
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
  needs: (_, { profile, dataset, seed }) => ({ classifier: parametricNoiseSpec(profile, dataset, seed) }),
  settings: { scored: word(["mean", "single passes"], { default: "mean" }) },
  stand: ({ classifier }, { scored }, { seed }) =>
    scored === "single passes" ? standSinglePasses(classifier, seed) : standAveraged(classifier, seed),
});
