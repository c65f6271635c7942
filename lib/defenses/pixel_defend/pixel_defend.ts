import { bpda, linf } from "../../attacks/mod.ts";
import { size } from "../../kinds/mod.ts";
import { type Images, straightThrough } from "../../tensor/mod.ts";
import type { ClassifierSpec } from "../../training/mod.ts";
import { defend } from "../defend.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { classifierSpec } from "../none.ts";
import { pixelCnnSpec, type PixelCnnTrainingSpec } from "./pixelcnn_kind.ts";

/** A row with PixelDefend in front of the classifier. */
export interface PixelDefendRow {
  /** The defense's name. */
  readonly defense: "pixel defend";
  /**
   * How far a value may move; default 16/255, as in Athalye et al. (2018) and in ART. The authors' code has 10/255 where nothing
   * else is said.
   */
  readonly reach?: number;
}

/**
 * PixelDefend (Song et al. 2018): a model of images (a small PixelCNN++, trained on clean images) replaces each value of an image
 * in raster order by the likeliest one within ±16/255, given those replaced before; the classifier, which is trained on clean
 * images as ever, reads the outcome.
 *
 * How it was broken: Athalye et al. (2018) took the purification for the identity on the way back (BPDA), ran it at every step of
 * PGD, and left 9 % at 0.031 on CIFAR-10. Of the row in the paper's Table 1 some columns are those of "adaptive PixelDefend",
 * whose reach depends on how likely the image is.
 *
 * The white-box attack as printed has a gradient of zero, since a choice has none. "Straight-through" and "identity" are the same
 * function here, as is what an adaptive attacker starts from: that of Athalye et al. It runs the purification once for each
 * image that it looks at.
 *
 * Departure: a much smaller model (see `pixelCnn`), so that 1 000 images are purified in minutes on one core; and values that are not
 * on the 256 grey levels are rounded to them first.
 *
 * Purification reads numbers back at each pixel: it runs on the native engine, on WebAssembly and on plain JavaScript, and is not a part of
 * graphs.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { pixelDefend } from "@gcln/kit/defenses";
 *
 * assertEquals(pixelDefend({ reach: 10 / 255 }), { defense: "pixel defend", reach: 10 / 255 });
 * ```
 */
export const pixelDefend: Defense<PixelDefendRow> = defineDefense<
  PixelDefendRow,
  { readonly classifier: ClassifierSpec; readonly model: PixelCnnTrainingSpec }
>({
  name: "pixel defend",
  title: "PixelDefend",
  source: "Song et al. 2018",
  traits: ["non-differentiable"],
  acts: ["on images"],
  breaks: [
    {
      by: "Athalye et al. 2018",
      attack: "BPDA",
      on: "cifar10",
      ball: linf(0.031),
      left: 0.09,
      source: "Table 1",
      differs: "a PixelCNN++ of full size",
    },
  ],
  settings: { reach: size({ most: 1, default: 16 / 255 }) },
  needs: (_, { profile, dataset, seed }) => ({
    classifier: classifierSpec(profile, dataset, seed),
    model: pixelCnnSpec(profile, dataset, seed),
  }),
  stand({ classifier, model }, { reach = 16 / 255 }) {
    const purify = model.purifier({ reach });
    const victim = defend(classifier, bpda(purify, { backward: "skip" }));
    const identity = defend(classifier, straightThrough<Images>(purify));
    return {
      victim,
      surrogates: {
        "straight-through": identity,
        "identity": identity,
        "adaptive": identity,
        "oblivious": classifier,
      },
      cleaner: purify,
    };
  },
});
