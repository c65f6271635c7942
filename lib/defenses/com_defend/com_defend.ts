import type { Images } from "../../tensor/mod.ts";
import type { ClassifierSpec } from "../../training/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { classifierSpec } from "../none.ts";
import { standBehind } from "../stand.ts";
import { type BitCoderSpec, bitCoderSpec, type BitGradient } from "./bit_coder.ts";

/** A row with ComDefend in front of the classifier. */
export interface ComDefendRow {
  /** The defense's name. */
  readonly defense: "com defend";
}

/**
 * ComDefend (Jia et al. 2019): a network compresses each image to 12 maps of bits, another decompresses them; both learned from
 * clean images, with noise on the code before a sigmoid, so that only what is surely 0 or 1 comes through.
 *
 * How it was broken: the authors attack the classifier alone ("oblivious") or take the gradient through both networks, where the bits have
 * none. As with all defenses that round, the attack is to pass a gradient through the bits (BPDA, Athalye et al. 2018):
 * "straight-through" takes that of the training's soft bits, "identity" passes both networks over. We know of no other people's number
 * on CIFAR-10; what is left is measured here.
 */
export const comDefend: Defense<ComDefendRow> = defineDefense<
  ComDefendRow,
  { readonly classifier: ClassifierSpec; readonly coder: BitCoderSpec }
>({
  name: "com defend",
  title: "ComDefend",
  source: "Jia et al. 2019",
  traits: ["non-differentiable"],
  acts: ["on images"],
  needs: (_, { profile, dataset, seed }) => ({
    classifier: classifierSpec(profile, dataset, seed),
    coder: bitCoderSpec(profile, dataset, seed),
  }),
  stand({ classifier, coder }) {
    const cleaned = (gradient: BitGradient) => (images: Images) =>
      coder.decode(coder.encode(images, gradient));
    return standBehind(classifier, cleaned("exact"), cleaned("as in training"));
  },
});
