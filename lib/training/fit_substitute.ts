import { lossGradient } from "../attacks/mod.ts";
import { type Dataset, dataset } from "../data/mod.ts";
import { classesRead } from "../judge/mod.ts";
import { checkSettings, object, type Setting, type Settings } from "../kinds/mod.ts";
import { classifierOf, type Network } from "../networks/mod.ts";
import {
  type Batch,
  type Classifier,
  fold,
  type Labels,
  type Logits,
  type Parameters,
  pause,
  type Progress,
  tf,
} from "../tensor/mod.ts";
import { fitSettings } from "./fit_settings.ts";
import { fitClassifier } from "./fit_classifier.ts";
import type { Fitted } from "./fit_options.ts";
import type { HistoryEntry } from "./history.ts";
import { adam, type Optimiser } from "./optimiser.ts";
import { constant, type Schedule } from "./schedule.ts";

/** Fields of {@link fitSubstitute}. */
export interface FitSubstituteOptions {
  /** The number of augmentations: each makes new images and asks the oracle for their labels. Default 6; 0 trains on the given images only. */
  readonly augmentations?: number;
  /** Epochs of training between two augmentations; default 10. */
  readonly epochs?: number;
  /** λ, the change of each pixel from an image to the new image made from it, on the [0, 1] scale; default 0.1. */
  readonly lambda?: number;
  /** τ, the number of augmentations after which the sign of λ changes, (−1)^⌊ρ / τ⌋; default: never. */
  readonly period?: number;
  /** κ, the largest number of images that an augmentation adds, chosen at random; default: one for each image. */
  readonly added?: number;
  /** Images in a step, fewer while there are fewer; default 128. */
  readonly batch?: number;
  /** The optimiser; default: {@link adam}. */
  readonly optimiser?: Optimiser;
  /** The learning rate of each training between two augmentations; default: {@link constant}, 1e-3. */
  readonly schedule?: Schedule;
  /** The seed of the first weights, the order of the images and the choice of new ones. */
  readonly seed: number;
  /** Receives the number of images so far in all rounds, the loss and the agreement with the oracle. */
  readonly progress?: Progress;
  /** Stops the training between two steps; nothing is kept. */
  readonly signal?: AbortSignal;
}

/** A substitute and the number of queries it needed. */
export interface FittedSubstitute extends Fitted {
  /** The number of labels that the oracle gave: one for each image. */
  readonly queries: number;
}

/**
 * Trains a substitute for a classifier that gives its labels only, the oracle (Papernot et al. 2017, Algorithm 1). A network
 * is trained on the oracle's labels of a few images. Then each image is moved in the direction in which the substitute
 * changes most,
 *
 *     S_{ρ+1} = S_ρ ∪ { x + λ sign ∂F_{Õ(x)} / ∂x : x ∈ S_ρ },
 *
 * the oracle labels the new images, and the training goes on. After that, any attack can use the substitute as its surrogate
 * and the oracle as its victim.
 *
 * `period` and `added` follow the periodic step size and the reservoir sampling of Papernot et al. 2016
 * ("Transferability in Machine Learning"). Where the attacker has all training images, `augmentations: 0` trains on the
 * oracle's labels of these. The substitute of the GCLN's paper (§4.2), which is trained on the true labels like the
 * target, is a {@linkcode ClassifierSpec} of a ResNet-34 for {@linkcode trained}.
 *
 * Departure: the images that the oracle is asked for are bytes clipped to [0, 255], as in any image file, so λ = 0.1 is
 * 26/255. F are the logits, as in the authors' code.
 *
 * @param oracle The victim; only the argMax of its logits is used.
 * @param network The network to train, with the same number of classes.
 * @param data The images that the attacker has (Papernot et al. had 150); their labels are not used.
 * @returns The substitute's parameters, which the caller frees; the history, where `accuracy` is the agreement with the
 *   oracle on the batches trained on; and the number of queries, n 2^augmentations where `added` sets no limit.
 * @throws {RangeError} If a setting is out of its range.
 * @throws {DivergedError} If the loss becomes NaN or infinite.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 * import { network } from "@gcln/kit/networks";
 * import { type Logits, useBackend } from "@gcln/kit/tensor";
 * import { fitSubstitute } from "@gcln/kit/training";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 3, channels: 3 });
 * const { queries } = await fitSubstitute(
 *   (images) => images.mean([1, 2]) as Logits, // which colour is brightest? A network, elsewhere
 *   vgg,
 *   await streetDigits("train", { size: 8 }),
 *   { augmentations: 2, epochs: 1, seed: 1 },
 * );
 * assertEquals(queries, 8 * 2 ** 2);
 * ```
 */
export async function fitSubstitute(
  oracle: Classifier,
  network: Network,
  data: Dataset,
  options: FitSubstituteOptions,
): Promise<FittedSubstitute> {
  checkSettings("fitSubstitute", fitSubstituteSettings, options, ["seed"]);
  const { augmentations = 6, epochs = 10, lambda = 0.1, period = Infinity, added = Infinity, batch = 128 } =
    options;
  const { optimiser = adam(), schedule = constant(1e-3), seed, progress, signal } = options;
  checkRanges({ augmentations, epochs, lambda, period, added, batch });
  const sizes = sizesOf(data.size, augmentations, added), total = epochs * sum(sizes);
  const ask = (images: Dataset) => asked(oracle, images, { classes: classesOf(network), batch, signal });
  let parameters: Parameters | undefined, history: HistoryEntry[] = [];
  try {
    let known = await ask(data), done = 0;
    for (let round = 0;; round++) {
      const images = epochs * known.size;
      const fitted = await fitClassifier(network, known, {
        images,
        batch: Math.min(batch, known.size),
        optimiser,
        schedule,
        seed: fold(seed, "round", round),
        ...(parameters ? { start: parameters } : {}),
        ...(progress ? { progress: stretch(progress, done, total) } : {}),
        ...(signal ? { signal } : {}),
      });
      release(parameters);
      parameters = fitted.parameters;
      history = [...history, ...after(history.at(-1), fitted.history, round)];
      done += images;
      if (round === augmentations) {
        progress?.done();
        return { parameters, history, queries: known.size };
      }
      const chosen = known.take(sizes[round + 1]! - known.size, { seed: fold(seed, "added", round) });
      const far = (-1) ** Math.floor(round / period) * Math.round(255 * lambda);
      const substitute = classifierOf(network, parameters);
      const made = await augmented(substitute, chosen, far, { batch, signal })
        .finally(() => substitute.dispose());
      known = joined(known, await ask(made));
    }
  } catch (error) {
    release(parameters);
    progress?.done("stopped");
    throw error;
  }
}

/** The same images with the oracle's labels. */
async function asked(
  oracle: Classifier,
  images: Dataset,
  { classes, batch, signal }: { classes: number; batch: number; signal: AbortSignal | undefined },
): Promise<Dataset> {
  const labels = new Int32Array(images.size);
  await batchwise(images, batch, signal, (held) => {
    const logits = oracle(held.images);
    if (logits.shape[1] === classes) return classesRead(logits);
    throw new RangeError(
      `Cannot train a network of ${classes} classes on an oracle that answers [${logits.shape}]`,
    );
  }, (answers, first) => labels.set(answers, first));
  return relabelled(images, images.pixels, labels, classes);
}

/** Each image with its bytes moved by `far` in the direction in which the logit of its label rises fastest. */
async function augmented(
  substitute: Classifier,
  images: Dataset,
  far: number,
  { batch, signal }: { batch: number; signal: AbortSignal | undefined },
): Promise<Dataset> {
  const pixels = Uint8Array.from(images.pixels), each = pixels.length / images.size;
  await batchwise(
    images,
    batch,
    signal,
    (held) => lossGradient(substitute, held.images, { labels: held.labels, loss: ownLogit }).sign(),
    (directions, first) =>
      directions.forEach((direction, i) => {
        const at = first * each + i;
        pixels[at] = Math.min(255, Math.max(0, pixels[at]! + far * direction));
      }),
  );
  return relabelled(images, pixels, images.labels, images.classes.length);
}

/** Computes values of all images, batch by batch, and passes them on with the index of the first image of the batch. */
async function batchwise(
  images: Dataset,
  size: number,
  signal: AbortSignal | undefined,
  f: (batch: Batch) => tf.Tensor,
  use: (values: Float32Array, first: number) => void,
): Promise<void> {
  let first = 0;
  for (const batch of images.batches({ size })) {
    const held: tf.Tensor[] = [batch.images, batch.labels];
    try {
      await pause(); // for Ctrl-C, which fires the signal
      signal?.throwIfAborted();
      const values = tf.tidy(() => f(batch));
      held.push(values);
      use(await values.data() as Float32Array, first);
    } finally {
      tf.dispose(held);
    }
    first += size;
  }
}

/** F_{Õ(x)}. */
function ownLogit(logits: Logits, labels: Labels): tf.Tensor1D {
  return logits.mul(tf.oneHot(labels, logits.shape[1]).cast("float32")).sum(1);
}

function relabelled(
  { name, shape }: Dataset,
  pixels: Uint8Array,
  labels: Int32Array,
  classes: number,
): Dataset {
  const names = Array.from({ length: classes }, (_, label) => `${label}`);
  return dataset({ name, split: "train", classes: names, shape, pixels, labels });
}

function joined(first: Dataset, second: Dataset): Dataset {
  const pixels = new Uint8Array(first.pixels.length + second.pixels.length);
  pixels.set(first.pixels);
  pixels.set(second.pixels, first.pixels.length);
  return dataset({
    name: first.name,
    split: "train",
    classes: first.classes,
    shape: first.shape,
    pixels,
    labels: [...first.labels, ...second.labels],
  });
}

/** The history of a round, with steps and seconds counted from the first round. */
function after(
  last: HistoryEntry | undefined,
  history: readonly HistoryEntry[],
  round: number,
): HistoryEntry[] {
  const { step = 0, seconds = 0 } = last ?? {};
  return history.map((entry) => ({
    ...entry,
    step: step + entry.step,
    seconds: seconds + entry.seconds,
    round,
  }));
}

function classesOf({ spec }: Network): number {
  return "classes" in spec ? spec.classes : 2; // a detector has two
}

const { images: _, batch: __, ...shared } = fitSettings;

/** The numbers that {@linkcode checkRanges} checks. */
const number: Setting = { wanted: "a number", accepts: (value) => typeof value === "number" };

const fitSubstituteSettings: Settings = {
  ...shared,
  augmentations: number,
  epochs: number,
  lambda: number,
  period: number,
  added: number,
  batch: number,
  optimiser: object("an optimiser"),
};

function checkRanges(settings: Readonly<Record<string, number>>): void {
  const least: Readonly<Record<string, number>> = { augmentations: 0, lambda: 0 };
  for (const [name, value] of Object.entries(settings)) {
    const low = least[name] ?? 1, unlimited = value === Infinity && (name === "period" || name === "added");
    const fits = value >= low && (name === "lambda" ? value <= 1 : Number.isInteger(value) || unlimited);
    if (!fits) {
      const wanted = name === "lambda" ? "a number from 0 to 1" : `a whole number of at least ${low}`;
      throw new RangeError(`Cannot fit a substitute with ${name} ${value}: ${wanted} is wanted`);
    }
  }
}

/** The number of images in each round. */
function sizesOf(first: number, augmentations: number, added: number): number[] {
  const sizes = [first];
  for (let round = 0; round < augmentations; round++) {
    sizes.push(sizes[round]! + Math.min(sizes[round]!, added));
  }
  return sizes;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function release(parameters: Parameters | undefined): void {
  if (parameters !== undefined) tf.dispose(Object.values(parameters));
}

/** The progress of one part of longer work: the end of the part does not end the progress. */
function stretch(progress: Progress, before: number, total: number): Progress {
  return { update: (done, _, facts) => progress.update(before + done, total, facts), done() {} };
}
