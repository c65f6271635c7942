/**
 * Labels as 32-bit integers: any array of whole numbers from 0 to below the count of classes, bigints too.
 *
 * @param labels What was given.
 * @param classes How many classes there are.
 * @param wrong Makes the error of what is wrong with a label: `label 12 of image 3`, and why.
 */
export function labelsOf(
  labels: ArrayLike<number | bigint>,
  classes: number,
  wrong: (label: string, why: string) => Error,
): Int32Array {
  const checked = new Int32Array(labels.length);
  for (let image = 0; image < checked.length; image++) {
    const label = Number(labels[image]);
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw wrong(
        `label ${labels[image]} of image ${image}`,
        `there are ${classes} classes, so it must be a whole number from 0 to ${classes - 1}`,
      );
    }
    checked[image] = label;
  }
  return checked;
}

/** The bytes that stand for labels in a checksum: one each, or four where a label is above 255. */
export function labelBytes(labels: Int32Array): Uint8Array {
  return labels.every((label) => label < 256)
    ? Uint8Array.from(labels)
    : new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength);
}
