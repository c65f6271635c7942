import { l2 } from "../../attacks/mod.ts";
import { count } from "../../kinds/mod.ts";
import { fold, type Images, tf } from "../../tensor/mod.ts";
import type { ClassifierSpec } from "../../training/mod.ts";
import { defend } from "../defend.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { classifierSpec } from "../none.ts";
import { profileFor } from "../profile.ts";
import { type GanSpec, ganSpec } from "./gan.ts";

/** A row with Defense-GAN in front of the classifier. */
export interface DefenseGanRow {
  /** The defense's name. */
  readonly defense: "defense-gan";
  /** Steps of the search; default: the profile's. */
  readonly steps?: number;
  /** Random starts of the search; default: the profile's. */
  readonly starts?: number;
}

/**
 * Defense-GAN (Samangouei et al. 2018): an image is replaced by the nearest one that a GAN generates, found by gradient descent on the latent
 * numbers from several random starts; the classifier, trained on clean images, reads that.
 *
 * How it was broken: Athalye et al. (2018) took the search for the identity on the way back (BPDA) and left 55 % on MNIST at a mean
 * squared distance of 0.005. They could not run it on CIFAR-10, since no GAN there is good enough: clean accuracy is
 * lost first, and here too. An image that is not near what the generator makes is not read right, attacked or not.
 *
 * "White-box" is the exact gradient, back through all steps of the search, which needs second derivatives of the generator and the
 * memory of all steps; "identity" is that of Athalye et al.
 *
 * Departure: 20 steps from 2 starts in `quick`, 50 from 4 in `course`; the original takes 200 from 10. The starts are fixed by the seed,
 * where the original draws them anew: nothing is random at test time.
 */
export const defenseGan: Defense<DefenseGanRow> = defineDefense<
  DefenseGanRow,
  { readonly classifier: ClassifierSpec; readonly gan: GanSpec }
>({
  name: "defense-gan",
  title: "Defense-GAN",
  source: "Samangouei et al. 2018",
  traits: [],
  acts: ["on images"],
  breaks: [
    {
      by: "Athalye et al. 2018",
      attack: "BPDA",
      on: "mnist",
      ball: l2(1.98), // a mean square of 0.005 over 784 pixels
      left: 0.55,
      source: "Table 1",
    },
  ],
  settings: { steps: count({ least: 1 }), starts: count({ least: 1 }) },
  needs: (_, { profile, dataset, seed }) => ({
    classifier: classifierSpec(profile, dataset, seed),
    gan: ganSpec(profile, dataset, seed),
  }),
  stand({ classifier, gan }, given, { profile, dataset }) {
    const { steps, starts } = { ...profileFor(profile, dataset).purifiers.gan, ...given };
    const nearest = (images: Images) =>
      gan.nearest(images, { steps, starts, seed: fold(gan.spec.seed, "starts") });
    return {
      victim: defend(classifier, nearest),
      surrogates: { "identity": defend(classifier, passedOver(nearest)), "oblivious": classifier },
      cleaner: nearest,
    };
  },
});

/** The values of a function, and the gradient of the identity. The search takes gradients, which it can't within a custom one. */
function passedOver(stage: (images: Images) => Images): (images: Images) => Images {
  return (images) => {
    const value = stage(images);
    return tf.customGrad(() => ({ value: value.clone(), gradFunc: (dy: tf.Tensor) => dy }))(images) as Images;
  };
}
