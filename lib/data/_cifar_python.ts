import { unusable } from "./_files.ts";
import { readPickle } from "./_pickle.ts";
import { type Pickled, PickledArray } from "./_pickled_numpy.ts";

const PIXELS = 32 * 32 * 3;

/** How many bytes an image of CIFAR-10's binary version takes: its label, then a plane for each channel. */
export const CIFAR_RECORD: number = 1 + PIXELS;

/**
 * A batch of CIFAR-10's Python version as the binary version would have it: the images are the same, in the same order
 * of planes.
 *
 * @param bytes The pickle.
 * @param path Its name, for errors.
 */
export function pythonRecords(bytes: Uint8Array, path: string): Uint8Array {
  const batch = readPickle(bytes, path);
  if (!(batch instanceof Map)) throw unusable(path, "it holds no dictionary of data and labels");
  if (batch.has("fine_labels")) throw unusable(path, "it is of CIFAR-100, CIFAR-10 is wanted");
  const data = batch.get("data"), array = data instanceof PickledArray ? data.array : undefined;
  if (array === undefined) throw unusable(path, "it has no array called data");
  const { type, shape, data: pixels } = array, [count, each] = shape;
  if (type !== "uint8" || shape.length !== 2 || each !== PIXELS || count === 0) {
    throw unusable(
      path,
      `its data are ${shape.join(" × ")} of type ${type}, n × ${PIXELS} of uint8 are wanted`,
    );
  }
  const labels = numbers(batch.get("labels"));
  if (labels === undefined) throw unusable(path, "it has no list of whole numbers called labels");
  if (labels.length !== count) throw unusable(path, `it has ${labels.length} labels for ${count} images`);
  const records = new Uint8Array(count * CIFAR_RECORD);
  for (let image = 0; image < count; image++) {
    const label = labels[image]!;
    if (label < 0 || label > 9) {
      throw unusable(path, `label ${label} of image ${image} is none of 10 classes`);
    }
    records[image * CIFAR_RECORD] = label;
    records.set(
      (pixels as Uint8Array).subarray(image * PIXELS, (image + 1) * PIXELS),
      image * CIFAR_RECORD + 1,
    );
  }
  return records;
}

/** A list of whole numbers, or an array of them. */
function numbers(value: Pickled | undefined): number[] | undefined {
  const array = value instanceof PickledArray ? value.array : undefined;
  const list = array?.shape.length === 1 ? Array.from(array.data, Number) : value;
  return Array.isArray(list) && list.every(Number.isInteger) ? list as number[] : undefined;
}
