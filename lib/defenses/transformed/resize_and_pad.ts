import { fold, type Images, type Parameters, random, type tf } from "../../tensor/mod.ts";
import { knownDataset } from "../../data/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { accustomed, accustomedClassifier, type AccustomedNeeds, targetClassifier } from "./accustomed.ts";
import { chosen, mixing, resampled } from "./resampled.ts";
import { standTransformed, type Transformation } from "./transformation.ts";

/** A row with a classifier that is shown images of random size and place. */
export interface ResizeAndPadRow {
  /** The defense's name. */
  readonly defense: "resize and pad";
}

/** The padded image has so many rows and columns more than the image. */
const ROOM = 4;

/**
 * Enlarges images by 1 to 3 pixels a side, and puts them at a random place of a grey image that is 4 pixels larger than they
 * were (Xie et al. 2018). Enlarging repeats the nearest pixel.
 *
 * @param mirrors Whether every second draw mirrors the images.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { resizedAndPadded } from "@gcln/kit/defenses";
 * import { tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const { draw, apply } = resizedAndPadded(false);
 * assertEquals(apply(tf.zeros([1, 32, 32, 3]), draw!(1, [32, 32, 3])).shape, [1, 36, 36, 3]);
 * ```
 */
export function resizedAndPadded(mirrors: boolean): Transformation {
  return {
    draw(seed, [h, w]): Parameters {
      const next = random(fold(seed, "resize and pad"));
      const larger = 1 + Math.floor(next() * (ROOM - 1)), isMirrored = mirrors && next() < 0.5;
      const placed = (side: number) => {
        const size = side + larger, before = Math.floor(next() * (ROOM - larger + 1));
        const nearest = (i: number) => i < 0 || i >= size ? undefined : Math.floor(i * side / size);
        return chosen(side, Array.from({ length: side + ROOM }, (_, i) => nearest(i - before)));
      };
      const rows = placed(h!), columns = placed(w!);
      const turned = isMirrored ? columns.map((weights) => weights.toReversed()) : columns;
      return { rows: mixing(rows), columns: mixing(turned) };
    },
    apply: (images, { rows, columns }) =>
      resampled(images.sub(0.5) as Images, rows as tf.Tensor2D, columns as tf.Tensor2D).add(0.5) as Images,
  };
}

const transformationOn = (dataset: string) => resizedAndPadded(knownDataset(dataset).facts.mirrors);

/**
 * Random resizing and padding: the classifier, which takes images of any size, is shown each image at a random size and place,
 * mirrored at random where a mirrored image is of the same class.
 *
 * How it was broken: Athalye et al. 2018 left 0 % on ImageNet (ε = 8/255) by following the mean gradient over 30 draws, EOT.
 * An image that fools most sizes and places is as easy to find as one that fools one.
 *
 * Departure: the authors enlarge ImageNet's 299 pixels to 310 up to 330, and pad to 331; the same in proportion for 32
 * pixels is 33 up to 35, and 36. They answer by the mean of 30 draws, here it is 8, as for every random defense. They take
 * networks as they are, and here the target is trained a little further ({@linkcode accustomed}): a network for 32 pixels knows
 * objects by their size.
 */
export const resizeAndPad: Defense<ResizeAndPadRow> = defineDefense<ResizeAndPadRow, AccustomedNeeds>({
  name: "resize and pad",
  title: "Random resizing and padding",
  source: "Xie et al. 2018",
  traits: ["randomised"],
  acts: ["on images"],
  breaks: [
    {
      by: "Athalye et al. 2018",
      attack: "EOT",
      on: "imagenet",
      left: 0,
      source: "Table 1",
      differs: "ImageNet networks as they are, 30 draws",
    },
  ],
  needs: targetClassifier,
  fit: (run) => accustomed(run, transformationOn(run.networks.classifier.spec.data)),
  stand: (networks, _, { dataset, seed }) =>
    standTransformed(accustomedClassifier(networks), transformationOn(dataset), seed),
});
