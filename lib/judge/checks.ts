import { checkSettings, count, list, type Settings, valueText } from "../kinds/mod.ts";
import { type Batch, type Images, type Labels, tf } from "../tensor/mod.ts";

const tensor = { wanted: "a tensor", accepts: (value: unknown) => value instanceof tf.Tensor };
const ATTACKED: Settings = {
  images: tensor,
  allowed: list({ wanted: "true or false", accepts: (value) => typeof value === "boolean" }),
  targets: tensor,
};

/** Throws if images and labels have the wrong types or shapes, or an option is not known. */
export function checkShapes(
  batch: Batch,
  attacked: { readonly images: Images; readonly targets?: Labels | undefined } | undefined,
  options: object,
): void {
  if (typeof batch !== "object" || batch === null) {
    throw new TypeError(`Cannot judge a batch ${valueText(batch)}: { images, labels } is wanted`);
  }
  if (attacked !== undefined) checkSettings("judge()'s attacked images", ATTACKED, attacked, ["images"]);
  const { images, labels } = batch;
  for (const these of [images, ...(attacked ? [attacked.images] : [])]) {
    if (!(these instanceof tf.Tensor)) {
      throw new TypeError(
        `Cannot judge images ${valueText(these)}: a tensor [n, h, w, c], float32 is wanted`,
      );
    }
    if (these.rank !== 4 || these.dtype !== "float32") {
      throw new TypeError(
        `Cannot judge images of shape [${these.shape}] and type ${these.dtype}: [n, h, w, c], float32 is wanted`,
      );
    }
  }
  const all = images.shape[0];
  const classes = Object.entries({ labels, ...(attacked?.targets ? { targets: attacked.targets } : {}) });
  for (const [name, given] of classes) {
    if (!(given as unknown instanceof tf.Tensor)) {
      throw new TypeError(
        `Cannot judge ${all} images with ${name} ${valueText(given)}: [${all}], int32 are wanted`,
      );
    }
    const { rank, dtype, shape } = given;
    if (rank !== 1 || dtype !== "int32" || shape[0] !== all) {
      throw new TypeError(
        `Cannot judge ${all} images with ${name} of shape [${shape}] and type ${dtype}: [${all}], int32 are wanted`,
      );
    }
  }
  if (attacked && !tf.util.arraysEqual(attacked.images.shape, images.shape)) {
    throw new RangeError(
      `Cannot judge attacked images [${attacked.images.shape}] of images [${images.shape}]: as many of the same size are wanted`,
    );
  }
  checkSettings("judge", { count: count({ least: 0, most: all }) }, options);
}

/** Bounds of pixels. Cleaned images may be a little outside [0, 1]; bytes and normalised images are far outside. */
const LEAST = -1, MOST = 2;

/**
 * Throws if unattacked images hold NaN, infinity, or values far outside [0, 1] (bytes).
 *
 * @param images Float32.
 */
export async function checkPixels(images: Images): Promise<void> {
  const ends = tf.tidy(() => tf.stack([images.min(), images.max(), images.sub(images).sum()]));
  try {
    const [least, most, notFinite] = await ends.data() as unknown as [number, number, number];
    if (notFinite !== 0) throw new RangeError("Cannot judge images that hold NaN or infinity");
    if (least >= LEAST && most <= MOST) return;
    const hint = least >= 0 && most <= 255 ? "; divide by 255" : "";
    throw new RangeError(`Cannot judge images with pixels in [${least}, ${most}]: [0, 1] is wanted${hint}`);
  } finally {
    ends.dispose();
  }
}

/**
 * Throws if a label is not one of the classifier's classes.
 *
 * @param labels Classes, `[n]`.
 * @param classes The number of the classifier's outputs.
 * @param name The name of the labels in the error.
 */
export function checkLabels(labels: ArrayLike<number>, classes: number, name = "labels"): void {
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! >= 0 && labels[i]! < classes) continue;
    throw new RangeError(
      `Cannot judge ${name} of which one is ${
        labels[i]
      }: the classifier's ${classes} outputs stand for 0 to ${classes - 1}`,
    );
  }
}
