/**
 * Data sets: images as bytes in memory, floats batch by batch.
 *
 * Each of the kit's data sets is a value that knows its facts and loads its parts when it is called:
 * {@link streetDigits} are painted here and need no download; {@link fashionMnist}, {@link cifar10} and {@link svhn}
 * read the published files, from the folder that the environment's `GCLN_DATA` names, the user's cache folder or a
 * system package, and download what is missing.
 *
 * One's own images come from folders ({@link imageFolder}), NumPy's files ({@link npz}, {@link readNpy}) or arrays
 * ({@link fromArrays}, {@link dataset}); {@link defineDataset} makes any of them a data set that is known by its name.
 *
 * @module
 */
export { augment, type Augmentation, type AugmentOptions } from "./augment.ts";
export { DataError } from "./data_error.ts";
export { type BatchesOptions, type Dataset, dataset, type DatasetInfo, type TakeOptions } from "./dataset.ts";
export type { DatasetContent, Split } from "./dataset_content.ts";
export {
  type DatasetName,
  datasetNamed,
  datasets,
  knownDataset,
  knownDatasets,
  type OwnDataset,
} from "./datasets.ts";
export { type DatasetDefinition, type DatasetKind, defineDataset } from "./define_dataset.ts";
export type { DownloadProgress } from "./download.ts";
export { type DatasetFacts, factsOf, type FactsOptions } from "./facts.ts";
export { type ArraysContent, fromArrays } from "./from_arrays.ts";
export { imageFolder } from "./image_folder.ts";
export * from "./kinds.ts";
export { locate, type LocatedFile } from "./locate.ts";
export { npz, type NpzOptions } from "./npz.ts";
export { progressBar } from "./progress_bar.ts";
export { readNpy } from "./read_npy.ts";
export { dataFolder, type LoadOptions, type Source } from "./sources.ts";
export type { OwnDataOptions } from "./own_kind.ts";
export type { StreetDigitsOptions } from "./street_digits.ts";
export type { NumberArray, Values } from "./number_array.ts";
