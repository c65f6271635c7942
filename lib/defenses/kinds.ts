/**
 * The defenses of the kit, a line each.
 *
 * @module
 */
export { none } from "./none.ts";
export { adversarialTraining } from "./adversarial_training.ts";
export { featureDenoising } from "./feature_denoising.ts";
export { activationPruning } from "./activation_pruning/activation_pruning.ts";
export { adversarialBim } from "./adversarial_bim.ts";
export { labelSmoothing } from "./label_smoothing.ts";
export { mixedPgd } from "./mixed_pgd.ts";
export { logitPairing } from "./logit_pairing.ts";
export { trades } from "./trades.ts";
export { fastAdversarialTraining } from "./fast_adversarial_training.ts";
export { cascade } from "./cascade/cascade.ts";
export { adversarialNetwork } from "./adversarial_network/adversarial_network.ts";
export { distillation } from "./distillation/distillation.ts";
export { parametricNoise } from "./parametric_noise/parametric_noise.ts";
export { featureSqueezing } from "./feature_squeezing/feature_squeezing.ts";
export { localDimensionDetector } from "./local_dimension/local_dimension_detector.ts";
export { pixelDefend } from "./pixel_defend/pixel_defend.ts";
export { squeezingDetector } from "./feature_squeezing/squeezing_detector.ts";
export { resizeAndPad } from "./transformed/resize_and_pad.ts";
export { cropAndRescale } from "./transformed/crop_and_rescale.ts";
export { bitDepthReduction } from "./transformed/bit_depth_reduction.ts";
export { jpegCompression } from "./transformed/jpeg_compression.ts";
export { totalVariation } from "./transformed/total_variation.ts";
export { quilting } from "./transformed/quilting.ts";
export { thermometer } from "./thermometer/thermometer.ts";
export { sparseLayer } from "./sparse_layer/sparse_layer.ts";
export { diffusionPurification } from "./diffusion/diffusion_purification.ts";
export { magnet } from "./magnet/magnet.ts";
export { comDefend } from "./com_defend/com_defend.ts";
export { defenseGan } from "./defense_gan/defense_gan.ts";
export { gcln } from "./gcln/gcln.ts";
