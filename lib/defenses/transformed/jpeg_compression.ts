import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { accustomed, accustomedClassifier, type AccustomedNeeds, targetClassifier } from "./accustomed.ts";
import { jpegImages, qualitySetting } from "./jpeg.ts";
import { standTransformed, type Transformation } from "./transformation.ts";

/** A row with a classifier that is shown images after JPEG. */
export interface JpegCompressionRow {
  /** The defense's name. */
  readonly defense: "JPEG";
  /** From 1 to 100; default 75. */
  readonly quality?: number;
}

/** {@linkcode jpegImages} as a transformation. */
export function compressedTo(quality: number): Transformation {
  return {
    apply: (images) => jpegImages(images, { quality }),
    straight: (images) => jpegImages(images, { quality, backward: "straight-through" }),
  };
}

/**
 * JPEG compression at quality 75 (Guo et al. 2018, §4.2, after Dziugaite et al. 2016).
 *
 * How it was broken: Athalye et al. 2018 left 0 % on ImageNet, passing gradients over the whole codec (BPDA, "identity");
 * Shin and Song 2017 differentiate it with a smooth rounding. "straight-through" passes its roundings alone.
 *
 * Departure: Guo et al. train networks on compressed images from the start; here the target is trained a little further on
 * them ({@linkcode accustomed}). The codec is computed by this kit ({@linkcode jpegImages}), so that it has a gradient.
 */
export const jpegCompression: Defense<JpegCompressionRow> = defineDefense<
  JpegCompressionRow,
  AccustomedNeeds
>({
  name: "JPEG",
  title: "JPEG compression",
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
  settings: { quality: { ...qualitySetting, default: 75 } },
  needs: targetClassifier,
  fit: (run) => accustomed(run, compressedTo(run.settings.quality ?? 75)),
  stand: (networks, { quality = 75 }, { seed }) =>
    standTransformed(accustomedClassifier(networks), compressedTo(quality), seed),
});
