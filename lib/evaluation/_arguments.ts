/** Checks of what functions are given, for plain JavaScript: notebooks are not type-checked. */
import { attackNamed, type AttackSpec } from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import { callable, checkSetting, valueText } from "../kinds/mod.ts";
import type { Batch } from "../tensor/mod.ts";

/** Throws where a classifier is no function. */
export function checkFunction(name: string, value: unknown): void {
  checkSetting(name, callable(), value);
}

/**
 * Throws where something is neither a batch nor a data set, or holds no images.
 *
 * @param what What should be done with it, for the error: "measure".
 * @param data A batch or a data set.
 */
export function checkBatchOrDataset(what: string, data: Batch | Dataset): void {
  if (typeof data !== "object" || data === null || !("images" in data || "batches" in data)) {
    throw new TypeError(
      `Cannot ${what} with ${valueText(data)}: a data set or a batch of images and labels is wanted`,
    );
  }
  if ("images" in data) {
    const { images, labels } = data;
    if (images?.shape?.length !== 4 || images.dtype !== "float32") {
      throw new TypeError(
        `Cannot ${what} on images that are ${valueText(images)}: [n, h, w, c], float32 are wanted`,
      );
    }
    if (labels?.shape?.length !== 1 || labels.dtype !== "int32") {
      const type = labels?.dtype === undefined ? "" : ` and type ${labels.dtype}`;
      throw new TypeError(
        `Cannot ${what} with labels that are ${valueText(labels)}${type}: [n], int32 are wanted`,
      );
    }
    if (images.shape[0] === 0) throw new RangeError(`Cannot ${what} without images: the batch has none`);
  } else if (data.size === 0) {
    throw new RangeError(`Cannot ${what} on no images: ${data.name} has none left`);
  }
}

/** Throws where something else than a data set is given, or it has no images. */
export function checkDataset(what: string, data: Dataset): void {
  if (typeof data !== "object" || data === null || !("batches" in data)) {
    const hint = typeof data === "object" && data !== null && "images" in data
      ? ", such as dataset({ … }); accuracy() takes a batch as well"
      : "";
    throw new TypeError(`Cannot ${what} with ${valueText(data)}: a data set is wanted${hint}`);
  }
  checkBatchOrDataset(what, data);
}

/**
 * Throws where something is no spec of an attack that is known, before anything is attacked.
 *
 * @param spec As `pgd.spec({ ball, … })` makes it.
 */
export function checkSpec(spec: AttackSpec): void {
  if (typeof spec !== "object" || spec === null || typeof spec.attack !== "string") {
    throw new TypeError(
      `Cannot attack by ${
        valueText(spec)
      }: a spec is wanted, such as { attack: "pgd", ball, stepSize, steps }`,
    );
  }
  const { attack, ...settings } = spec;
  attackNamed(attack).spec(settings);
}
