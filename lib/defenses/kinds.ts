/**
 * The defenses of the kit, a line each.
 *
 * @module
 */
export { none } from "./none.ts";
export { adversarialTraining } from "./adversarial_training.ts";
export { featureDenoising } from "./feature_denoising.ts";
export { activationPruning } from "./activation_pruning/activation_pruning.ts";
export { parametricNoise } from "./parametric_noise/parametric_noise.ts";
export { featureSqueezing } from "./feature_squeezing/feature_squeezing.ts";
export { localDimensionDetector } from "./local_dimension/local_dimension_detector.ts";
export { pixelDefend } from "./pixel_defend/pixel_defend.ts";
export { gcln } from "./gcln/gcln.ts";
