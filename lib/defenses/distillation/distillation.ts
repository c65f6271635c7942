import { size } from "../../kinds/mod.ts";
import type { Images, Logits } from "../../tensor/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { type DistilledSpec, distilledSpec } from "./spec.ts";

/** A row with a distilled classifier. */
export interface DistillationRow {
  /** The defense's name. */
  readonly defense: "distillation";
  /** T; default 100. */
  readonly temperature?: number;
}

/**
 * Defensive distillation (Papernot et al. 2016): a teacher is trained with its logits divided by T = 100, a student of the
 * same architecture learns the teacher's soft labels softmax(z / T), its own logits divided by T too; then the student is
 * used with T = 1. Its logits are then a hundred times larger than other networks', and its softmax is 0 or 1 in float32.
 *
 * How it was broken: Carlini & Wagner (2016) divided the logits by T and had their gradients back; their attacks on the logits
 * (2017) do not see T at all and left 0 % on MNIST and CIFAR-10. So "adaptive" divides by T here. "White-box" is the plain
 * exact gradient of the cross-entropy, which underflows to zero for images that are far from the border: a column that
 * stays high there is this, and a finding says so.
 *
 * Departure: while they learn, the networks hold their last layer divided by T, so that the learning rate and the weight decay
 * fit any T. These are the same functions. A teacher at temperature T with its logits divided by T is then the target
 * classifier itself, which is the teacher here. The teacher answers each augmented image anew.
 */
export const distillation: Defense<DistillationRow> = defineDefense<
  DistillationRow,
  { readonly classifier: DistilledSpec }
>({
  name: "distillation",
  title: "Defensive distillation",
  source: "Papernot et al. 2016",
  traits: [],
  acts: ["in training"],
  breaks: ["cifar10", "mnist"].map((on) => ({
    by: "Carlini & Wagner 2017",
    attack: "Carlini and Wagner's L2 attack",
    on,
    left: 0,
    source: "section VIII",
    differs: "a small convolutional network",
  })),
  settings: { temperature: size({ least: 1, default: 100 }) },
  needs: ({ temperature = 100 }, circumstances) => ({
    classifier: distilledSpec(circumstances, temperature),
  }),
  stand({ classifier }, { temperature = 100 }) {
    const cooled = (images: Images) => classifier(images).div<Logits>(temperature);
    return { victim: classifier, surrogates: { "adaptive": cooled } };
  },
});
