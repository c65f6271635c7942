import { valueText } from "../kinds/mod.ts";
import type { Images } from "./images.ts";
import { tf } from "./tf.ts";

/**
 * Throws unless something is a batch of images: a tensor of rank 4 in float32. Whether its values are in [0, 1] is not
 * looked at, since that would wait for the engine.
 *
 * @param what What was to be done, for the error: "transform".
 * @param images What was given.
 * @throws {TypeError} Where it is anything else: an array, one image without a batch, whole numbers from 0 to 255.
 *
 * @example Usage
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { checkImages, tf, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * checkImages("transform", tf.zeros([1, 8, 8, 3]));
 * assertThrows(() => checkImages("transform", tf.zeros([8, 8, 3])), TypeError, "[n, height, width, channels]");
 * ```
 */
export function checkImages(what: string, images: unknown): asserts images is Images {
  if (images instanceof tf.Tensor && images.rank === 4 && images.dtype === "float32") return;
  const got = images instanceof tf.Tensor ? `${valueText(images)} in ${images.dtype}` : valueText(images);
  throw new TypeError(
    `Cannot ${what} ${got}: images [n, height, width, channels] in float32, from 0 to 1, are wanted`,
  );
}
