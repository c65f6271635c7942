import { type Setting, valueText } from "../kinds/mod.ts";
import { type Images, tf } from "../tensor/mod.ts";

/** What is taken from and divided out of every channel of an image before the first layer. */
export interface Normalisation {
  /** One number a channel, on the scale of the images, [0, 1]. */
  readonly mean: readonly number[];
  /** One number a channel, on the scale of the images. */
  readonly deviation: readonly number[];
}

/** What a spec may say of normalisation. */
export const normalisation: Setting = {
  wanted: "{ mean, deviation }, each one finite number a channel, deviations above 0,",
  accepts: (value) => {
    if (typeof value !== "object" || value === null) return false;
    const { mean, deviation, ...others } = value as Record<string, unknown>;
    return numbers(mean) && numbers(deviation) && deviation.every((number) => number > 0) &&
      Object.keys(others).length === 0;
  },
};

function numbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);
}

/** Throws where a normalisation is not made for so many channels. */
export function checkNormalises(given: Normalisation, channels: number): void {
  for (const [name, values] of Object.entries(given)) {
    if (values.length === channels) continue;
    throw new RangeError(
      `Cannot normalise images of ${channels} channels by the ${name} ${
        valueText(values)
      }: ${channels} numbers are wanted`,
    );
  }
}

/** Images less the mean of each channel, by its deviation. */
export function normalised(images: Images, { mean, deviation }: Normalisation): Images {
  return images.sub<Images>(tf.tensor1d([...mean])).div(tf.tensor1d([...deviation]));
}
