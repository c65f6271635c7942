import { knownDataset } from "../data/mod.ts";
import type { Normalisation } from "../networks/mod.ts";

/** What a network for the images of a data set takes and gives. */
export interface ImageForm {
  /** How many classes: a logit for each. */
  readonly classes: number;
  /** Channels of an image. */
  readonly channels: 1 | 3;
  /** What is taken from and divided out of every channel. */
  readonly normalise: Normalisation;
}

/**
 * What a network for the images of a data set takes and gives.
 *
 * @param data The name of a data set that is known.
 * @throws {RangeError} Where there is none of that name, or its images have neither one channel nor three.
 */
export function imageForm(data: string): ImageForm {
  const { classes, shape: [, , channels], normalise } = knownDataset(data).facts;
  if (channels === 1 || channels === 3) return { classes: classes.length, channels, normalise };
  throw new RangeError(`Cannot make networks for the ${channels} channels of ${data}: 1 or 3 are wanted`);
}
