import { selective } from "../../attacks/mod.ts";
import { size } from "../../kinds/mod.ts";
import {
  type Classifier,
  type Cleaner,
  type Images,
  type Logits,
  straightThrough,
  tf,
} from "../../tensor/mod.ts";
import type { ClassifierSpec, TrainingRun } from "../../training/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { classifierSpec } from "../none.ts";
import { type Stand, standDetecting } from "../stand.ts";
import { nonLocalMeans } from "./non_local_means.ts";
import { bitDepth, median2x2 } from "./squeezers.ts";

/** A row with a detector that compares what the classifier says of an image and of the image squeezed. */
export interface SqueezingDetectorRow {
  /** The defense's name. */
  readonly defense: "feature squeezing detector";
  /** The share of clean images that may be refused; default 0.05. */
  readonly refused?: number;
}

/** Squeezers that an attacker differentiates: the rounding passed straight through, the median as it is. */
const differentiable: readonly Cleaner[] = [
  (images) => bitDepth(images, 5, "straight-through"),
  median2x2,
];

/** All three of Xu et al. for CIFAR-10. */
const squeezers: readonly Cleaner[] = [...differentiable, straightThrough<Images>(nonLocalMeans)];

/**
 * How far apart what a classifier says of an image and of its squeezed versions is: the largest of the L1 distances between
 * the probabilities, from 0 to 2 (Xu et al. 2018, Eq. (3) and (4)).
 *
 * @param classifier The classifier.
 * @param images `[n, h, w, c]`.
 * @param by The squeezers. Default: 5 bits, the median over 2 × 2 pixels, and non-local means.
 * @returns `[n]`, with a gradient.
 */
export function squeezingDistance(
  classifier: Classifier,
  images: Images,
  by: readonly Cleaner[] = squeezers,
): tf.Tensor1D {
  return tf.tidy(() => {
    const said = classifier(images).softmax();
    const each = by.map((squeeze) => classifier(squeeze(images)).softmax().sub(said).abs().sum(1));
    return tf.stack(each).max(0) as tf.Tensor1D;
  });
}

/** Training images that the threshold is set by, from the last on. */
const HELD_OUT = 1_000;

/**
 * The distance that a share of clean images is above, so that as large a share of others will be.
 *
 * @param distances Of clean images.
 * @param refused The share, from 0 to 1.
 */
export function thresholdOf(distances: readonly number[], refused: number): number {
  const sorted = distances.toSorted((a, b) => b - a);
  return sorted[Math.min(sorted.length - 1, Math.floor(refused * (sorted.length + 1)))]!;
}

async function fit(
  { networks: { classifier }, data, settings: { refused = 0.05 }, signal }:
    & TrainingRun<{ readonly classifier: ClassifierSpec }>
    & { readonly settings: Omit<SqueezingDetectorRow, "defense"> },
) {
  const distances: number[] = [], first = Math.max(0, data.size - HELD_OUT);
  for (let from = first; from < data.size; from += 100) {
    signal?.throwIfAborted();
    const indices = Uint32Array.from({ length: Math.min(100, data.size - from) }, (_, i) => from + i);
    const batch = data.batch(indices),
      found = squeezingDistance((x) => classifier(x) as Logits, batch.images);
    distances.push(...await found.data());
    tf.dispose([batch.images, batch.labels, found]);
  }
  return { threshold: tf.scalar(thresholdOf(distances, refused)) };
}

/** How a classifier stands behind the detector. */
export function standSqueezing(classifier: Classifier, threshold: tf.Scalar): Stand {
  const score = (by: readonly Cleaner[]) => (images: Images) =>
    squeezingDistance(classifier, images, by).maximum(1e-6).div(threshold).log() as tf.Tensor1D;
  const { victim, surrogates } = standDetecting(classifier, score(squeezers));
  const both = selective(
    Object.assign((images: Images) => classifier(images), { score: score(differentiable) }),
  );
  const together = (images: Images): Logits =>
    tf.stack([images, ...differentiable.map((squeeze) => squeeze(images))].map(classifier)).mean(0);
  return {
    victim,
    surrogates: { ...surrogates, "straight-through": together, "detector too": both, "adaptive": both },
  };
}

/**
 * Feature squeezing as Xu et al. 2018 propose it: a detector. An image is refused where the classifier says something else of
 * it than of the image squeezed: at 5 bits a pixel, after a median over 2 × 2 pixels, or after non-local means (13-3-2).
 * The threshold is one that 5 % of clean images are above.
 *
 * How it was broken: He et al. 2017 attack the image and its squeezed versions together, until all are read as the same wrong
 * class; on CIFAR-10 this always succeeds. "straight-through" is that: the mean over the image and its squeezed versions, of
 * which none is left to disagree. "detector too" lowers the distance where the image is read wrong already. Both leave out the
 * non-local means, which move an image least and cost most; the victim that is scored has them.
 *
 * Departure: the threshold is set on the last 1000 training images, which the classifier has seen and is surer of; Xu et al.
 * take half of the test images. So more than 5 % of test images are refused: the columns of clean images say how many.
 */
export const squeezingDetector: Defense<SqueezingDetectorRow> = defineDefense<
  SqueezingDetectorRow,
  { readonly classifier: ClassifierSpec }
>({
  name: "feature squeezing detector",
  title: "Feature squeezing (detector)",
  source: "Xu et al. 2018",
  traits: ["detects"],
  acts: ["by refusing"],
  breaks: [
    {
      by: "He et al. 2017",
      attack: "Carlini and Wagner's L2 attack through the squeezers",
      on: "cifar10",
      left: 0,
      source: "section 4",
    },
  ],
  settings: { refused: size({ above: 0, most: 0.5, default: 0.05 }) },
  needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
  fit,
  stand: ({ classifier, own }) => standSqueezing(classifier, own.parameters["threshold"] as tf.Scalar),
});
