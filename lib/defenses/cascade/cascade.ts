import { linf } from "../../attacks/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { type CascadeSpec, cascadeSpec } from "./spec.ts";

/** A row with a classifier of cascade adversarial training. */
export interface CascadeRow {
  /** The defense's name. */
  readonly defense: "cascade";
}

/**
 * Cascade adversarial training with the pivot loss (Na et al. 2018). Two networks, one after the other. The first learns from
 * pairs of clean images and the same images after one step towards the least likely class (weights 1/1.3 and 0.3/1.3), with
 * its logits of attacked images pulled to those of the clean ones (1e-4 times their squared distance). The second learns
 * likewise, but half of its attacked images are made on the first network by iterated FGSM, in the hope that iterated
 * attacks carry over from one defended network to another.
 *
 * How it was broken: Athalye et al. (2018) left 15 % of its images at ε = 0.015 on CIFAR-10, with PGD alone. Its
 * gradients are exact; it has seen single steps of its own and several steps of another network, and never several of its own.
 *
 * Departure: two networks, as the authors' best has, but ResNet-18 for their ResNet-110. The images of the first network are
 * made anew for each batch, so that they are augmented as all others, where the authors store them; their ε is drawn for the
 * batch, the authors' for the image. An ε beyond the ball is drawn again, not cut. For its length see
 * {@linkcode hardenedSpec}, with a tenth of the target's learning rate; the authors begin with a network of ten epochs on
 * clean images as well.
 */
export const cascade: Defense<CascadeRow> = defineDefense<CascadeRow, { readonly classifier: CascadeSpec }>({
  name: "cascade",
  title: "Cascade adversarial training",
  source: "Na et al. 2018",
  traits: [],
  acts: ["in training"],
  breaks: [{
    by: "Athalye et al. 2018",
    attack: "PGD",
    on: "cifar10",
    ball: linf(0.015),
    left: 0.15,
    source: "Table 1",
    differs: "a ResNet-110",
  }],
  needs: (_, circumstances) => ({ classifier: cascadeSpec(circumstances) }),
  stand: ({ classifier }) => ({ victim: classifier }),
});
