/**
 * Data sets: images as bytes in memory, floats batch by batch.
 *
 * {@link streetDigits} are painted here and need no download; {@link fashionMnist}, {@link cifar10} and {@link svhn}
 * read the published files, from the folder that the environment's `GCLN_DATA` names, the user's cache folder or a
 * system package, and download what is missing.
 *
 * @module
 */
export * from "./augment.ts";
export { cifar10 } from "./cifar10.ts";
export * from "./data_error.ts";
export * from "./dataset.ts";
export * from "./datasets.ts";
export type { DownloadProgress } from "./download.ts";
export { fashionMnist } from "./fashion_mnist.ts";
export { progressBar } from "./progress_bar.ts";
export { dataFolder, type LoadOptions } from "./sources.ts";
export * from "./street_digits.ts";
export { svhn } from "./svhn.ts";
