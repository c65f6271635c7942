import { word } from "../kinds/mod.ts";
import type { ClassifierSpec } from "../training/mod.ts";
import { adversarialSpec } from "./adversarial_training.ts";
import type { Defense } from "./defense.ts";
import { defineDefense } from "./define_defense.ts";

/** What a step costs more than one of the plain network with similarity "dot product", as measured with width 16. */
const COST = 1.7;

/** A row with denoising blocks in the classifier. */
export interface FeatureDenoisingRow {
  /** The defense's name. */
  readonly defense: "feature denoising";
  /** How places of a feature map are compared; default "dot product". */
  readonly similarity?: "gaussian" | "dot product";
}

/**
 * Feature denoising (Xie et al. 2019): a non-local mean behind each stage of the classifier, which is trained on PGD as
 * adversarial training is, at the same cost.
 *
 * How it was broken: no attack of its own is known, since it has a gradient everywhere; but most of what it stands is adversarial
 * training's. Xie et al. themselves tell what the blocks add, in ResNet-152 on ImageNet: a few points under targeted PGD with
 * ε = 16/255. So the row to compare it with is adversarial training.
 *
 * Departure: the paper's network is a ResNet-152 for ImageNet; this is the target's architecture. Places are compared by their
 * product, one of the paper's own variants, since the softmax of all pairs of the 1024 places in the first stage costs more than
 * the network; `similarity: "gaussian"` is the paper's choice. It sees 10/17 of the images of adversarial training, since a step
 * costs so much more.
 */
export const featureDenoising: Defense<FeatureDenoisingRow> = defineDefense<
  FeatureDenoisingRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "feature denoising",
  title: "Feature denoising",
  source: "Xie et al. 2019",
  traits: [],
  acts: ["in the network", "in training"],
  settings: { similarity: word(["gaussian", "dot product"], { default: "dot product" }) },
  needs({ similarity = "dot product" }, { profile, dataset, seed }) {
    const plain = adversarialSpec(profile, dataset, seed);
    const network = { ...plain.network, architecture: "resnet18-denoising", similarity };
    const training = { ...plain.training, images: Math.ceil(plain.training.images / COST) };
    return { classifier: { ...plain, network: network as ClassifierSpec["network"], training } };
  },
  stand: ({ classifier }) => ({ victim: classifier }),
});
