import { callable, checkSetting, valueText } from "../kinds/mod.ts";
import { type Images, tf } from "../tensor/mod.ts";

/**
 * Asks a victim which images it refuses, and checks that there is one answer for each.
 *
 * @param rejects The victim's `rejects`.
 * @param images `[n, h, w, c]`.
 * @returns `[n]`, the tensor that `rejects` returned.
 * @throws {TypeError} If `rejects` does not return a tensor `[n]`.
 */
export function refusalsOf(rejects: (images: Images) => tf.Tensor1D, images: Images): tf.Tensor1D {
  checkSetting("rejects of a victim", callable(), rejects);
  const refused = rejects(images) as unknown, [count] = images.shape;
  if (!(refused instanceof tf.Tensor) || refused.rank !== 1 || refused.shape[0] !== count) {
    const got = refused instanceof Promise ? "a promise" : valueText(refused);
    throw new TypeError(
      `Cannot judge a victim whose rejects() returns ${got}: a tensor [${count}], 1 where an image is refused and else 0, ` +
        "is wanted",
    );
  }
  return refused as tf.Tensor1D;
}

/** Throws if an answer is neither 0 nor 1: a detector's score, or NaN. */
export function checkRefusals(refusals: ArrayLike<number>): void {
  const odd = Array.from(refusals).findIndex((value) => value !== 0 && value !== 1);
  if (odd < 0) return;
  throw new RangeError(
    `Cannot judge a victim whose rejects() gives ${
      refusals[odd]
    } for image ${odd}: 1 where it is refused and else 0 is ` +
      "wanted; compare a score with a threshold",
  );
}
