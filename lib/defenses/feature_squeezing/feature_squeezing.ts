import { linf } from "../../attacks/mod.ts";
import type { Images } from "../../tensor/mod.ts";
import type { ClassifierSpec } from "../../training/mod.ts";
import type { Backward } from "../../transform/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { classifierSpec } from "../none.ts";
import { standBehind } from "../stand.ts";
import { bitDepth, bitsSetting, median2x2 } from "./squeezers.ts";

/** A row with a classifier that is shown squeezed images. */
export interface FeatureSqueezingRow {
  /** The defense's name. */
  readonly defense: "feature squeezing";
  /** Bits that are kept of each pixel; default 5. */
  readonly bits?: number;
}

/**
 * Feature squeezing as Table 1 has it: the target classifier, which was not trained for it, is shown images of 5 bits a pixel
 * after a median over 2 × 2 pixels. This is the protocol of PixelDefend (Song et al. 2018), from which the paper quotes the
 * row; what Xu et al. propose is a detector.
 *
 * How it was broken: Song et al. themselves report 0 % under BIM at ε = 8/255. He et al. 2017 broke it with the detector
 * around it, through the squeezers. Nothing is random here and a step of 1/31 is no coarser than ε, so straight-through rounding
 * with the median's own gradient is all that an attack needs.
 *
 * Departure: PixelDefend keeps 3 bits for Fashion-MNIST; here every data set has 5 unless `bits` says otherwise.
 */
export const featureSqueezing: Defense<FeatureSqueezingRow> = defineDefense<
  FeatureSqueezingRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "feature squeezing",
  title: "Feature squeezing",
  source: "Xu et al. 2018, as in Song et al. 2018",
  traits: ["non-differentiable"],
  acts: ["on images"],
  breaks: [
    { by: "Song et al. 2018", attack: "BIM", on: "cifar10", ball: linf(8 / 255), left: 0, source: "Table 2" },
    {
      by: "He et al. 2017",
      attack: "Carlini and Wagner's L2 attack through the squeezers",
      on: "cifar10",
      left: 0,
      source: "section 4",
      differs: "with the detector around it",
    },
  ],
  settings: { bits: { ...bitsSetting, default: 5 } },
  needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
  stand({ classifier }, { bits = 5 }) {
    const squeezed = (backward: Backward) => (images: Images) => median2x2(bitDepth(images, bits, backward));
    return standBehind(classifier, squeezed("exact"), squeezed("straight-through"));
  },
});
