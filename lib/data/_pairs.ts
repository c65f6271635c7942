import { unusable } from "./_files.ts";

/** What a file of images says of itself. */
interface ImageFile {
  readonly path: string;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** What a file of labels holds. */
interface LabelFile {
  readonly path: string;
  readonly values: Uint8Array;
}

/** Throws where images have another size than they should, or do not fit their labels. */
export function pairs(
  images: ImageFile,
  [height, width]: readonly [number, number],
  labels: LabelFile,
  classes: number,
): void {
  if (images.height !== height || images.width !== width) {
    throw unusable(
      images.path,
      `its images are ${images.height} × ${images.width}, ${height} × ${width} is wanted`,
    );
  }
  if (images.count !== labels.values.length) {
    throw unusable(
      labels.path,
      `it has ${labels.values.length} labels for the ${images.count} images in ${images.path}`,
    );
  }
  checkLabelBytes(labels.path, labels.values, classes);
}

/** Throws where a label has no class. */
export function checkLabelBytes(path: string, labels: Uint8Array, classes: number): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw unusable(
      path,
      `label ${labels[wrong]} of image ${wrong} is none of ${classes} classes`,
    );
  }
}
