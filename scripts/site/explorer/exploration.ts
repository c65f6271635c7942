import { advance, iteratedBy, type IteratedSpec, linf, lossGradient } from "@gcln/kit/attacks";
import { type Stand, standBehind } from "@gcln/kit/defenses";
import { type Classifier, type Cleaner, type Images, type Labels, tf } from "@gcln/kit/tensor";
import { type Backward, dct, quantize, quantizedTransform } from "@gcln/kit/transform";
import type { Moment, Who } from "./messages.ts";
import { BLOCK, CHANNELS, type Settings, SIDE } from "./settings.ts";

/** Fixes the random start of PGD and the draws of noise, so that the page shows the same to everyone. */
export const SEED = 1;

/** The networks that settings ask for. */
export interface Networks {
  /** What is defended, or the network of adversarial training. */
  readonly classifier: Classifier;
  /** The cleaning network, for either gradient of its rounding; of a GCLN only. */
  readonly cleaner?: (backward: Backward) => Cleaner;
}

/** A moment of one of the attacks. */
export interface Seen {
  readonly who: Who;
  /** How many steps have been taken. */
  readonly step: number;
  readonly moment: Moment;
}

/** The attack of some settings, as the kit's tables would have it: a step is a quarter of ε. */
export function specOf({ attack, epsilon, steps }: Settings): IteratedSpec {
  const ball = linf(epsilon / 255), stepSize = epsilon / 255 / 4;
  switch (attack) {
    case "fgs":
      return { attack, ball };
    case "apgd":
      return { attack, ball, steps };
    case "noise":
      return { attack, ball, draws: steps };
    default:
      return { attack, ball, stepSize, steps };
  }
}

/** What is scored and what attackers differentiate. */
export function standOf({ defense, q }: Settings, { classifier, cleaner }: Networks): Stand {
  if (cleaner) return standBehind(classifier, cleaner("exact"), cleaner("straight-through"));
  if (defense !== "quantizer") return { victim: classifier };
  const quantizer = (backward: Backward): Cleaner => (images) =>
    tf.clipByValue(quantizedTransform(images, { q: q / 255, backward }), 0, 1);
  return standBehind(classifier, quantizer("exact"), quantizer("straight-through"));
}

/** Who attacks a defense: where nothing stands in front of the classifier, there is one attacker only. */
export function attackersOf({ attacker }: Settings, stand: Stand): Partial<Record<Who, Classifier>> {
  const second = stand.surrogates?.[attacker] as Classifier | undefined;
  return { "as printed": stand.victim, ...(second ? { [attacker]: second } : {}) };
}

/** An image as a batch of one. */
export function imagesOf(image: Float32Array): Images {
  return tf.tensor4d(image, [1, SIDE, SIDE, CHANNELS]);
}

/** What a classifier says of an image, class by class; the sum is 1. */
export async function probabilitiesOf(classifier: Classifier, image: Float32Array): Promise<number[]> {
  const probabilities = tf.tidy(() => tf.softmax(classifier(imagesOf(image))));
  const values = [...await probabilities.data()];
  probabilities.dispose();
  return values;
}

/**
 * Attacks an image and tells what is seen after each step, from step 0 on; the attackers take turns.
 *
 * @param networks What the settings ask for.
 * @param settings What the reader has chosen.
 * @param image `[h, w, c]` in [0, 1].
 * @param label Its true class.
 */
export async function* explore(
  networks: Networks,
  settings: Settings,
  image: Float32Array,
  label: number,
): AsyncGenerator<Seen> {
  const stand = standOf(settings, networks), attackers = Object.entries(attackersOf(settings, stand));
  const images = imagesOf(image), labels: Labels = tf.tensor1d([label], "int32");
  const attack = iteratedBy(specOf(settings), { seed: SEED });
  const given = { images, labels }, states = attackers.map(() => tf.tidy(() => attack.start(given)));
  try {
    for (let step = 0; step <= attack.steps; step++) {
      for (const [i, [who, surrogate]] of attackers.entries()) {
        if (step > 0) {
          states[i] = advance(states[i]!, (state) => attack.step(surrogate, state, step - 1), given);
        }
        const moment = await momentOf(stand, surrogate, settings, states[i]!.images, labels);
        yield { who: who as Who, step, moment };
      }
    }
  } finally {
    const all = [images, labels, ...states.flatMap((state) => Object.values(state))];
    tf.dispose([...new Set(all)]);
  }
}

/** What there is to see of attacked images. */
async function momentOf(
  { victim, cleaner }: Stand,
  surrogate: Classifier,
  { defense, q }: Settings,
  images: Images,
  labels: Labels,
): Promise<Moment> {
  const quantizes = defense.startsWith("gcln"); // else the cleaned image is the quantized one, or there is none
  const tensors = tf.tidy(() => {
    const spectrum = dct(images, BLOCK), rounded = quantize(spectrum, q / 255);
    return {
      attacked: images.clone(),
      spectrum,
      rounded,
      probabilities: tf.softmax(victim(images)),
      slope: lossGradient(surrogate, images, { labels }).abs().max(),
      ...(quantizes ? { quantized: quantizedTransform(images, { q: q / 255 }) } : {}),
      ...(cleaner ? { cleaned: cleaner(images) } : {}),
    };
  });
  const values = Object.fromEntries(
    await Promise.all(
      Object.entries(tensors).map(async ([name, tensor]) => [name, await tensor.data()] as const),
    ),
  ) as Record<keyof typeof tensors, Float32Array>;
  tf.dispose(tensors);
  return { ...values, probabilities: [...values.probabilities], slope: values.slope[0]! } as Moment;
}
