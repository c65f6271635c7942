import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { bitDepth, bitsSetting } from "../feature_squeezing/squeezers.ts";
import { accustomed, accustomedClassifier, type AccustomedNeeds, targetClassifier } from "./accustomed.ts";
import { standTransformed, type Transformation } from "./transformation.ts";

/** A row with a classifier that is shown a few bits of each pixel. */
export interface BitDepthReductionRow {
  /** The defense's name. */
  readonly defense: "bit depth reduction";
  /** Bits that are kept of each pixel; default 3. */
  readonly bits?: number;
}

/** {@linkcode bitDepth} as a transformation. */
export function reducedTo(bits: number): Transformation {
  return {
    apply: (images) => bitDepth(images, bits),
    straight: (images) => bitDepth(images, bits, "straight-through"),
  };
}

/**
 * Bit-depth reduction (Guo et al. 2018, §4.2, after Xu et al. 2018): the classifier is shown 3 bits of each pixel.
 *
 * How it was broken: Athalye et al. 2018 left 0 % on ImageNet by passing gradients straight through the rounding (BPDA). A
 * step of 1/7 is far wider than ε = 8/255, but some pixel is always near a border between two levels.
 *
 * Departure: Guo et al. train networks on reduced images from the start; here the target is trained a little further on them
 * ({@linkcode accustomed}).
 */
export const bitDepthReduction: Defense<BitDepthReductionRow> = defineDefense<
  BitDepthReductionRow,
  AccustomedNeeds
>({
  name: "bit depth reduction",
  title: "Bit-depth reduction",
  source: "Guo et al. 2018",
  traits: ["non-differentiable"],
  acts: ["on images"],
  breaks: [
    {
      by: "Athalye et al. 2018",
      attack: "BPDA",
      on: "imagenet",
      left: 0,
      source: "Table 1",
      differs: "an Inception-v3 as it is",
    },
  ],
  settings: { bits: { ...bitsSetting, default: 3 } },
  needs: targetClassifier,
  fit: (run) => accustomed(run, reducedTo(run.settings.bits ?? 3)),
  stand: (networks, { bits = 3 }, { seed }) =>
    standTransformed(accustomedClassifier(networks), reducedTo(bits), seed),
});
