import { size } from "../../kinds/mod.ts";
import { type Classifier, type Cleaner, type Images, tf } from "../../tensor/mod.ts";
import type { ClassifierSpec } from "../../training/mod.ts";
import { defend } from "../defend.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { classifierSpec } from "../none.ts";
import { standDetecting } from "../stand.ts";
import { type AutoencoderSpec, autoencoderSpec } from "./autoencoder.ts";
import { jensenShannon } from "./jensen_shannon.ts";

/** A row with MagNet around the classifier. */
export interface MagnetRow {
  /** The defense's name. */
  readonly defense: "magnet";
  /** The share of clean images that each of the three detectors may refuse; default 0.001. */
  readonly falsePositives?: number;
}

/** The temperatures of the two detectors by divergence (Meng & Chen 2017, §5.3). */
const TEMPERATURES = [10, 40] as const;
/** What keeps the logarithm of an image that does not change finite. */
const LEAST = 1e-12;

/** The logarithms of what the three detectors measure, `[n, 3]`: the mean absolute error, and two divergences. */
function measures(classifier: Classifier, reform: Cleaner, images: Images): tf.Tensor2D {
  const reformed = reform(images), before = classifier(images), after = classifier(reformed);
  const error = images.sub(reformed).abs().mean([1, 2, 3]);
  const divergences = TEMPERATURES.map((temperature) => jensenShannon(before, after, temperature));
  return tf.stack([error, ...divergences], 1).maximum(LEAST).log() as tf.Tensor2D;
}

/**
 * MagNet (Meng & Chen 2017): an autoencoder that was trained on clean images moves an image towards them (the reformer), and three
 * detectors refuse an image that changes much by it: in its values, and in how the classifier reads it (the Jensen-Shannon
 * divergence at temperatures 10 and 40). Each refuses 0.1 % of clean training images that the autoencoder did not learn from.
 *
 * How it was broken: Carlini & Wagner (2017, "MagNet and 'Efficient Defenses Against Adversarial Attacks' are Not Robust to
 * Adversarial Examples") attacked autoencoders of their own in the defender's place, and their images passed the defender's detectors on MNIST and
 * on CIFAR-10, at distances a little larger. It was never meant to hold where its networks are known, and all of them have
 * gradients: "white-box" goes through the reformer, "detector too" and "adaptive" lower the detectors' scores as well.
 *
 * Departure: Meng & Chen train many autoencoders and draw one at random, against attackers who do not know which; here there is
 * one, and it is known. Where they refuse for any score that is as large as the threshold, here it has to be larger.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { magnet } from "@gcln/kit/defenses";
 *
 * assertEquals(magnet({ falsePositives: 0.01 }), { defense: "magnet", falsePositives: 0.01 });
 * ```
 */
export const magnet: Defense<MagnetRow> = defineDefense<
  MagnetRow,
  { readonly classifier: ClassifierSpec; readonly reformer: AutoencoderSpec }
>({
  name: "magnet",
  title: "MagNet",
  source: "Meng & Chen 2017",
  traits: ["detects"],
  acts: ["on images", "by refusing"],
  settings: { falsePositives: size({ above: 0, most: 0.5, default: 0.001 }) },
  needs: (_, { profile, dataset, seed }) => ({
    classifier: classifierSpec(profile, dataset, seed),
    reformer: autoencoderSpec(profile, dataset, seed),
  }),
  /** The thresholds, by the training images that the reformer did not learn from. */
  async fit({ networks: { classifier, reformer }, data, settings: { falsePositives = 0.001 } }) {
    const { examples } = reformer.spec.training;
    const heldOut = Array.from({ length: data.size - examples }, (_, i) => examples + i);
    const seen: number[][] = [];
    for (let start = 0; start < heldOut.length; start += 100) {
      const batch = data.batch(heldOut.slice(start, start + 100));
      const told = tf.tidy(() => measures(classifier, reformer, batch.images));
      seen.push(...await told.array());
      tf.dispose([batch.images, batch.labels, told]);
    }
    const refused = Math.floor(falsePositives * seen.length);
    const thresholds = seen[0]!.map((_, detector) =>
      seen.map((each) => each[detector]!).sort((a, b) => b - a)[refused]!
    );
    return { thresholds: tf.tensor1d(thresholds) };
  },
  stand({ classifier, reformer, own: { parameters } }) {
    const reform: Cleaner = (images) => reformer(images), defended = defend(classifier, reform);
    const score = (images: Images) =>
      measures(classifier, reform, images).sub(parameters["thresholds"]!).max(1) as tf.Tensor1D;
    return { ...standDetecting(defended, score), surrogates: { "oblivious": classifier }, cleaner: reform };
  },
});
