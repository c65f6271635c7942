import { unusable } from "./_files.ts";
import { checkLabelBytes } from "./_pairs.ts";

const CHANNELS = 3, AREA = 32 * 32, PIXELS = AREA * CHANNELS;

/** How many bytes an image of CIFAR-10's binary version takes: its label, then a plane for each channel. */
export const CIFAR_RECORD: number = 1 + PIXELS;

/** The images of a part as a data set has them. */
export interface CifarContent {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Empty content for so many images. */
export function room(images: number): CifarContent {
  return { pixels: new Uint8Array(images * PIXELS), labels: new Uint8Array(images) };
}

/** How many records a batch file of that many bytes has. */
export function recordsIn(size: number, path: string): number {
  if (size === 0 || size % CIFAR_RECORD !== 0) {
    throw unusable(path, `it has ${size} bytes, a multiple of ${CIFAR_RECORD} is wanted`);
  }
  return size / CIFAR_RECORD;
}

/** Puts records (a label, then a plane for each channel) at `image`; pixels are interleaved on the way. */
export function place(records: Uint8Array, { pixels, labels }: CifarContent, image: number): void {
  for (let at = 0; at < records.length; at += CIFAR_RECORD, image++) {
    labels[image] = records[at]!;
    const from = at + 1, to = image * PIXELS;
    for (let i = 0; i < AREA; i++) {
      for (let c = 0; c < CHANNELS; c++) pixels[to + i * CHANNELS + c] = records[from + c * AREA + i]!;
    }
  }
}

/** Batches of records one after the other. */
export function together(all: readonly Uint8Array[], path: string): CifarContent {
  const content = room(all.reduce((sum, records) => sum + records.length / CIFAR_RECORD, 0));
  let image = 0;
  for (const records of all) {
    place(records, content, image);
    image += records.length / CIFAR_RECORD;
  }
  checkLabelBytes(path, content.labels, 10);
  return content;
}
