import { fold } from "../tensor/mod.ts";
import { type Dataset, dataset } from "./dataset.ts";
import { paintDigits } from "./_digit_painter.ts";

/** How many street digits, and which. */
export interface StreetDigitsOptions {
  /** How many images. Default 8 000 to train, 2 000 to test. */
  readonly size?: number;
  /** Which ones; the two splits of a seed are painted from seeds of their own. Default 0. */
  readonly seed?: number;
}

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
export function streetDigits(
  split: "train" | "test",
  { size = split === "train" ? 8_000 : 2_000, seed = 0 }: StreetDigitsOptions = {},
): Promise<Dataset> {
  if (!Number.isInteger(size) || size < 0) {
    return Promise.reject(new RangeError(`Cannot paint ${size} images: it must be an integer of 0 or more`));
  }
  const key = `${split} ${size} ${seed}`, known = painted.get(key)?.deref();
  if (known !== undefined) return Promise.resolve(known);
  const digits = dataset({
    name: "street-digits",
    split,
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    shape: [32, 32, 3],
    ...paintDigits(size, fold(seed, split)),
  });
  painted.set(key, new WeakRef(digits));
  return Promise.resolve(digits);
}
