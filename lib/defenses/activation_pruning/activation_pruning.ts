import { linf, type Randomised } from "../../attacks/mod.ts";
import { size } from "../../kinds/mod.ts";
import { foldBatchNorms } from "../../networks/mod.ts";
import { fold, tf, uniform } from "../../tensor/mod.ts";
import type { ClassifierSpec, TrainedClassifier } from "../../training/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { classifierSpec } from "../none.ts";
import { standAveraged } from "../stand.ts";
import { pruned } from "./pruned.ts";

/** A row with the target classifier, whose activations are pruned at random. */
export interface ActivationPruningRow {
  /** The defense's name. */
  readonly defense: "activation pruning";
  /** How many activations of a map are drawn, in units of their number; default 1. */
  readonly samples?: number;
}

/**
 * Stochastic activation pruning (Dhillon et al. 2018) behind every ReLU of the target classifier, which was not trained for
 * it; the logits are the mean over draws.
 *
 * How it was broken: Athalye et al. 2018 left 0 % at ε = 0.031 with PGD through the mean of many draws (EOT). Single draws have a
 * gradient too, but one that is mostly noise.
 *
 * "white-box" and "straight-through" differentiate the mean of draws, as Athalye et al. did. "identity" and "adaptive" pass the
 * pruning over: the mean of all draws is nearly the classifier without it, whose gradient has no noise. On street digits (profile
 * `quick`, 60 images, PGD with 6 steps and ε = 6/255) the first leaves 26, the second 18 images of 57.
 *
 * An image of a batch has the same random numbers as the others, so that what it gets depends on nobody else.
 *
 * Departure: the logits are the mean of 8 draws, where the original takes 100.
 */
export const activationPruning: Defense<ActivationPruningRow> = defineDefense<
  ActivationPruningRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "activation pruning",
  title: "Stochastic activation pruning",
  source: "Dhillon et al. 2018",
  traits: ["randomised"],
  acts: ["in the network"],
  breaks: [
    {
      by: "Athalye et al. 2018",
      attack: "PGD with EOT",
      on: "cifar10",
      ball: linf(0.031),
      left: 0,
      source: "Table 1",
    },
  ],
  settings: { samples: size({ above: 0, default: 1 }) },
  needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
  stand({ classifier }, { samples = 1 }, { seed }) {
    const { random, dispose } = withPruning(classifier, samples);
    const stand = standAveraged(random, seed);
    return {
      ...stand,
      surrogates: {
        ...stand.surrogates,
        "identity": classifier,
        "adaptive": classifier,
        "oblivious": classifier,
      },
      dispose,
    };
  },
});

/** A classifier with pruned activations, from images and a seed to logits; it owns its weights. */
function withPruning({ network, parameters }: TrainedClassifier, samples: number) {
  const owned = foldBatchNorms(network, parameters);
  for (const tensor of Object.values(owned)) tf.keep(tensor);
  const random: Randomised = (images, seed) => {
    let layer = 0;
    return network.apply(owned, images, {
      activation(activations) {
        const shape = [1, ...activations.shape.slice(1)] as [number, number, number, number];
        const numbers = uniform(shape, 0, 1, fold(seed, "activation pruning", layer++));
        return pruned(activations, numbers, samples * numbers.size);
      },
    });
  };
  return { random, dispose: () => tf.dispose(Object.values(owned)) };
}
