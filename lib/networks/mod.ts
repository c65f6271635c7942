/**
 * Networks as pure functions of named parameters, with PyTorch's names and files.
 *
 * @module
 */
export * from "./architecture.ts";
export { classifierOf, type Owner } from "./classifier.ts";
export * from "./detector.ts";
export { features } from "./features.ts";
export { foldBatchNorms } from "./fold.ts";
export * from "./generator.ts";
export * from "./grad_cam.ts";
export * from "./load.ts";
export * from "./network.ts";
export { countParameters, trainable } from "./parameters.ts";
export * from "./resnet.ts";
export {
  readMetadata,
  readSafetensors,
  writeSafetensors,
  type WriteSafetensorsOptions,
} from "./safetensors.ts";
export * from "./spec.ts";
export * from "./vgg.ts";
