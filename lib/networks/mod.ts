/**
 * Networks as pure functions of named parameters, with PyTorch's names and files.
 *
 * @module
 */
export * from "./architecture.ts";
export * from "./architectures.ts";
export { classifierOf, type Owner } from "./classifier.ts";
export {
  classifierFromModel,
  type ClassifierFromModelOptions,
  type Layout,
  type Model,
  type ModelEnd,
} from "./classifier_from_model.ts";
export {
  type Architecture,
  architectureCode,
  type ArchitectureOptions,
  defineArchitecture,
} from "./define_architecture.ts";
export { features } from "./features.ts";
export { foldBatchNorms } from "./fold.ts";
export * from "./grad_cam.ts";
export * from "./load.ts";
export { loadVgg19 } from "./load_vgg19.ts";
export * from "./network.ts";
export type { Normalisation } from "./normalisation.ts";
export { countParameters, trainable } from "./parameters.ts";
export { readMetadata, readSafetensors } from "./read_safetensors.ts";
export { writeSafetensors, type WriteSafetensorsOptions } from "./write_safetensors.ts";
