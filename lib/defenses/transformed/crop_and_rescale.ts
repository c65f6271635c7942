import { fold, type Images, random, type tf } from "../../tensor/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { accustomed, accustomedClassifier, type AccustomedNeeds, targetClassifier } from "./accustomed.ts";
import { mixing, resampled, stretched } from "./resampled.ts";
import { standTransformed, type Transformation } from "./transformation.ts";

/** A row with a classifier that is shown random crops. */
export interface CropAndRescaleRow {
  /** The defense's name. */
  readonly defense: "crop and rescale";
}

/** The side of a crop, as a share of the image's. */
const CROP = 7 / 8;

/** A random crop of 7/8 of each side (28 of 32 pixels), enlarged to the image's size again, bilinearly. */
export const croppedAndRescaled: Transformation = {
  draw(seed, [h, w]) {
    const next = random(fold(seed, "crop"));
    const crop = (side: number) => {
      const size = Math.round(CROP * side), start = Math.floor(next() * (side - size + 1));
      return mixing(stretched(side, start, size, side));
    };
    return { rows: crop(h!), columns: crop(w!) };
  },
  apply: (images: Images, { rows, columns }) =>
    resampled(images, rows as tf.Tensor2D, columns as tf.Tensor2D),
};

/**
 * Image cropping and rescaling (Guo et al. 2018, §4.1): the classifier answers by the mean over random crops.
 *
 * How it was broken: Athalye et al. 2018 left 0 % on ImageNet (0.05 in normalised L2) by EOT: the gradient's mean over crops.
 *
 * Departure: the authors take 30 crops of 90 × 90 pixels from 224 × 224. In images of 32 pixels that would be 13, in which
 * little is left to see; here a crop has 28. The mean is of 8 crops, as for every random defense, and the target is trained
 * a little further on crops ({@linkcode accustomed}).
 */
export const cropAndRescale: Defense<CropAndRescaleRow> = defineDefense<CropAndRescaleRow, AccustomedNeeds>({
  name: "crop and rescale",
  title: "Cropping and rescaling",
  source: "Guo et al. 2018",
  traits: ["randomised"],
  acts: ["on images"],
  breaks: [
    {
      by: "Athalye et al. 2018",
      attack: "EOT",
      on: "imagenet",
      left: 0,
      source: "Table 1",
      differs: "30 crops of 90 pixels from 299, an Inception-v3 as it is",
    },
  ],
  needs: targetClassifier,
  fit: (run) => accustomed(run, croppedAndRescaled),
  stand: (networks, _, { seed }) =>
    standTransformed(accustomedClassifier(networks), croppedAndRescaled, seed),
});
