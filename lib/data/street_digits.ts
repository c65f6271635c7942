import { count } from "../kinds/mod.ts";
import { fold } from "../tensor/mod.ts";
import { type Dataset, dataset } from "./dataset.ts";
import type { Split } from "./dataset_content.ts";
import { type DatasetKind, defineDataset } from "./define_dataset.ts";
import { paintDigits } from "./_digit_painter.ts";
import { anySeed } from "./_settings.ts";

/** How many street digits, and which. */
export interface StreetDigitsOptions {
  /** How many images. Default 8 000 to train, 2 000 to test. */
  readonly size?: number;
  /** Which ones; the two splits of a seed are painted from seeds of their own. Default 0. */
  readonly seed?: number;
}

const classes = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;
const sizes = { train: 8_000, test: 2_000 } as const;

// Painting takes seconds, so digits that somebody still holds are not painted again.
const painted = new Map<string, WeakRef<Dataset>>();

/**
 * Street digits: 32 × 32 colour images of house-number-like digits, painted here from a seed, with parts of
 * neighbouring digits at the sides; the class is the digit in the middle. They stand in for SVHN where nothing may be
 * downloaded, and behave like it: an undefended network reads nearly all of them and loses nearly all to an attack.
 *
 * The bytes are the same on every machine, and the first images do not depend on `size`. 20 000 images take a few
 * seconds and 61 MB.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { streetDigits } from "@gcln/kit/data";
 *
 * const digits = await streetDigits("test", { size: 10 });
 * assertEquals(digits.shape, [32, 32, 3]);
 * assertEquals(digits.pixels.length, 10 * 32 * 32 * 3);
 * ```
 */
export const streetDigits: DatasetKind<"street-digits", StreetDigitsOptions> = defineDataset({
  name: "street-digits",
  title: "street digits",
  source: "painted here, by the kit",
  facts: {
    classes,
    shape: [32, 32, 3],
    examples: sizes,
    mirrors: false,
    normalise: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
  },
  settings: { size: count(), seed: anySeed({ default: 0 }) },
  load: paint,
});

function paint(split: Split, { size = sizes[split], seed = 0 }: StreetDigitsOptions): Dataset {
  const key = `${split} ${size} ${seed}`, known = painted.get(key)?.deref();
  if (known !== undefined) return known;
  const digits = dataset({
    name: "street-digits",
    split,
    classes,
    shape: [32, 32, 3],
    ...paintDigits(size, fold(seed, split)),
  });
  painted.set(key, new WeakRef(digits));
  return digits;
}
