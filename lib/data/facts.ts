import { checkSettings, valueText } from "../kinds/mod.ts";
import type { Dataset } from "./dataset.ts";
import { flag } from "./_settings.ts";

/** What is known of a data set before any of it is loaded: what networks are made for, and what they may be trained on. */
export interface DatasetFacts {
  /** The classes' names, by label. */
  readonly classes: readonly string[];
  /** Height, width and channels of an image. */
  readonly shape: readonly [number, number, number];
  /** How many images each part has. */
  readonly examples: Readonly<Record<"train" | "test", number>>;
  /** Whether a mirrored image is one of the same class: then training may mirror. */
  readonly mirrors: boolean;
  /** Mean and standard deviation of the training pixels in [0, 1], a number for each channel. */
  readonly normalise: { readonly mean: readonly number[]; readonly deviation: readonly number[] };
}

/** What the pixels do not tell of a data set. */
export interface FactsOptions {
  /** Whether a mirrored image is one of the same class. Default false. */
  readonly mirrors?: boolean;
}

/**
 * The facts of a data set that is in memory, for {@link defineDataset}: counted and measured, mean and deviation on the
 * training images (on the test images where there are none to train on), rounded to four decimals.
 *
 * A channel that is the same everywhere gets a deviation of 1.
 *
 * @throws {RangeError} Where the two parts differ in shape or classes.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dataset, factsOf } from "@gcln/kit/data";
 *
 * const content = { name: "dots", classes: ["dark", "bright"], shape: [1, 1, 1] } as const;
 * const train = dataset({ ...content, split: "train", pixels: Uint8Array.of(0, 255), labels: [0, 1] });
 * const test = dataset({ ...content, split: "test", pixels: Uint8Array.of(9), labels: [0] });
 * assertEquals(factsOf({ train, test }).normalise, { mean: [0.5], deviation: [0.5] });
 * ```
 */
export function factsOf(
  { train, test }: Readonly<Record<"train" | "test", Dataset>>,
  options: FactsOptions = {},
): DatasetFacts {
  checkSettings("factsOf", { mirrors: flag() }, options);
  const { mirrors = false } = options,
    [one, other] = [train, test].map(({ shape, classes }) => `${shape} ${classes}`);
  if (one !== other) {
    throw new RangeError(
      `Cannot tell the facts of ${train.name}: its two parts differ in shape or classes, ` +
        `${train.shape.join(" × ")} and ${
          test.shape.join(" × ")
        }, ${train.classes.length} and ${test.classes.length}`,
    );
  }
  return {
    classes: train.classes,
    shape: train.shape,
    examples: { train: train.size, test: test.size },
    mirrors,
    normalise: normalisation(train.size > 0 ? train : test),
  };
}

/** Mean and deviation of each channel, from how often each byte comes. */
function normalisation({ pixels, shape: [, , channels] }: Dataset): DatasetFacts["normalise"] {
  const counts = Array.from({ length: channels }, () => new Float64Array(256)),
    total = pixels.length / channels;
  for (let at = 0; at < pixels.length;) {
    for (let c = 0; c < channels; c++) counts[c]![pixels[at++]!]!++;
  }
  const mean = counts.map((count) => count.reduce((sum, n, byte) => sum + n * byte, 0) / total / 255);
  const variance = counts.map((count, c) =>
    count.reduce((sum, n, byte) => sum + n * (byte / 255 - mean[c]!) ** 2, 0) / total
  );
  return { mean: mean.map(rounded), deviation: variance.map((value) => rounded(Math.sqrt(value)) || 1) };
}

/** To four decimals. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/** Throws where facts are not those of a data set that networks can be trained on. */
export function checkFacts(
  name: string,
  { classes, shape, examples, mirrors, normalise }: DatasetFacts,
): void {
  const say = (what: string) => new RangeError(`Cannot define data set ${valueText(name)}: ${what}`);
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(classes) || classes.length < 2 || classes.some((each) => typeof each !== "string")) {
    throw say(`its classes are ${valueText(classes)}, at least two names are wanted`);
  }
  if (!Array.isArray(shape) || shape.length !== 3 || !shape.every((size) => isCount(size) && size > 0)) {
    throw say(`its shape is ${valueText(shape)}, [height, width, channels] is wanted`);
  }
  if (!isCount(examples?.train) || !isCount(examples?.test)) {
    throw say(`its examples are ${valueText(examples)}, a count for train and one for test are wanted`);
  }
  if (typeof mirrors !== "boolean") {
    throw say(`its mirrors are ${valueText(mirrors)}, true or false is wanted`);
  }
  const isEach = (values: unknown, least: number) =>
    Array.isArray(values) && values.length === shape[2] &&
    values.every((value) => Number.isFinite(value) && value >= least);
  if (!isEach(normalise?.mean, 0) || !isEach(normalise?.deviation, Number.MIN_VALUE)) {
    throw say(
      `its normalise is ${valueText(normalise)}, a mean and a deviation above 0 for each of ${
        shape[2]
      } channels are wanted`,
    );
  }
}
