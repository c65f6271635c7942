/**
 * Defenses: one value a defense, with every fact about it; the paper's method is in `gcln/`.
 *
 * @module
 */
export * from "./kinds.ts";
export type { AdversarialBimRow } from "./adversarial_bim.ts";
export { adversarialSpec, type AdversarialTrainingRow } from "./adversarial_training.ts";
export { breaksOf } from "./breaks_of.ts";
export { defend } from "./defend.ts";
export {
  type Defense,
  type DefenseFacts,
  defenseOf,
  type DefenseRow,
  knownDefenses,
  type NetworksOf,
  type OwnDefenseName,
  type OwnRow,
  type SettingsOf,
  traitsOf,
} from "./defense.ts";
export { defineDefense } from "./define_defense.ts";
export { deploy, type DeployOptions, isReady, specsOf } from "./deploy.ts";
export type { ActivationPruningRow } from "./activation_pruning/activation_pruning.ts";
export { pruned } from "./activation_pruning/pruned.ts";
export type { FeatureDenoisingRow } from "./feature_denoising.ts";
export type { Deployment } from "./deployment.ts";
export type { FeatureSqueezingRow } from "./feature_squeezing/feature_squeezing.ts";
export { nonLocalMeans } from "./feature_squeezing/non_local_means.ts";
export { bitDepth, median2x2 } from "./feature_squeezing/squeezers.ts";
export {
  type SqueezingDetectorRow,
  squeezingDistance,
  standSqueezing,
  thresholdOf,
} from "./feature_squeezing/squeezing_detector.ts";
export { type AttackPool, attackPool, type AttackPoolOptions, poolOf } from "./gcln/attack_pool.ts";
export { cleanerOf, type CleanerOptions, type CleanerTransform, LEARNED_STEP } from "./gcln/cleaner.ts";
export { fitGcln, type FittedGcln } from "./gcln/fit_gcln.ts";
export type { Attacker, Defended, FitGclnOptions, Seen } from "./gcln/fit_options.ts";
export type { AdversarialNetworkRow } from "./adversarial_network/adversarial_network.ts";
export {
  fitAdversarialNetwork,
  type FitAdversarialNetworkOptions,
  type FittedAdversarialNetwork,
} from "./adversarial_network/fit_adversarial_network.ts";
export { type AdversarialNetworkSpec, adversarialNetworkSpec } from "./adversarial_network/spec.ts";
export type { CascadeRow } from "./cascade/cascade.ts";
export { type CascadeSpec, cascadeSpec } from "./cascade/spec.ts";
export type { DistillationRow } from "./distillation/distillation.ts";
export { type DistilledSpec, distilledSpec } from "./distillation/spec.ts";
export type { FastAdversarialTrainingRow } from "./fast_adversarial_training.ts";
export { type HardenedOptions, hardenedSpec, type Hardening } from "./hardened.ts";
export type { LabelSmoothingRow } from "./label_smoothing.ts";
export type { LogitPairingRow } from "./logit_pairing.ts";
export type { MixedPgdRow } from "./mixed_pgd.ts";
export type { TradesRow } from "./trades.ts";
export type { GclnDefenseRow } from "./gcln/gcln.ts";
export { gclnKind, type GclnNeeds } from "./gcln/network.ts";
export { type RecoveredSet, recoveredSet } from "./gcln/recovered.ts";
export type { GclnTraining } from "./gcln/training.ts";
export {
  type CleanerGradients,
  type CleaningNetwork,
  featuresSpec,
  type GclnRow,
  type GclnSpec,
  gclnSpec,
  type TrainedGcln,
} from "./gcln/spec.ts";
export { localDimension } from "./local_dimension/local_dimension.ts";
export type { LocalDimensionRow } from "./local_dimension/local_dimension_detector.ts";
import "./measured_row.ts";
export type { MeasuredRow } from "./measured_row.ts";
export { type NetworkStore, networkStore } from "./network_store.ts";
export { classifierSpec, type NoneRow } from "./none.ts";
export { type FitResult, type OwnNetwork } from "./own_network.ts";
export {
  fitParametricNoise,
  type FitParametricNoiseOptions,
  type FittedParametricNoise,
} from "./parametric_noise/fit_parametric_noise.ts";
export { injectNoise, noisyParameters, noisyWeights, weightNoise } from "./parametric_noise/inject_noise.ts";
export { type NoisyClassifier, noisyClassifier } from "./parametric_noise/noisy_classifier.ts";
export type { ParametricNoiseRow } from "./parametric_noise/parametric_noise.ts";
export {
  type NoisyNetwork,
  type ParametricNoiseSpec,
  parametricNoiseSpec,
  type TrainedParametricNoise,
} from "./parametric_noise/spec.ts";
export {
  type BitCoder,
  bitCoderKind,
  type BitCoderSpec,
  bitCoderSpec,
  type BitGradient,
  type TrainedBitCoder,
} from "./com_defend/bit_coder.ts";
export type { ComDefendRow } from "./com_defend/com_defend.ts";
export {
  diffusionKind,
  type DiffusionModel,
  type DiffusionSpec,
  diffusionSpec,
  type TrainedDiffusion,
} from "./diffusion/diffusion_model.ts";
export type { DiffusionRow } from "./diffusion/diffusion_purification.ts";
export { diffused, type DiffuseOptions } from "./diffusion/purify.ts";
export type { DefenseGanRow } from "./defense_gan/defense_gan.ts";
export { fitWgan, type FitWganOptions } from "./defense_gan/fit_wgan.ts";
export { type Gan, ganKind, type GanSpec, ganSpec, type TrainedGan } from "./defense_gan/gan.ts";
export { nearestGenerated, type NearestOptions } from "./defense_gan/search.ts";
export { type Noised, noised } from "./diffusion/noise_schedule.ts";
export {
  type Autoencoder,
  autoencoderKind,
  type AutoencoderSpec,
  autoencoderSpec,
  type TrainedAutoencoder,
} from "./magnet/autoencoder.ts";
export { jensenShannon } from "./magnet/jensen_shannon.ts";
export type { MagnetRow } from "./magnet/magnet.ts";
export { logLikelihood } from "./pixel_defend/log_likelihood.ts";
export type { PixelDefendRow } from "./pixel_defend/pixel_defend.ts";
export {
  type PixelCnn,
  pixelCnnKind,
  pixelCnnSpec,
  type PixelCnnTrainingSpec,
  type TrainedPixelCnn,
} from "./pixel_defend/pixelcnn_kind.ts";
export { type Purifier, purifier, type PurifyOptions } from "./pixel_defend/purify.ts";
export {
  type Circumstances,
  type ExperimentSize,
  type Profile,
  type ProfileDifference,
  profileFor,
} from "./profile.ts";
export type { PublishedBreak } from "./published_break.ts";
export { type BitDepthReductionRow, reducedTo } from "./transformed/bit_depth_reduction.ts";
export { type CropAndRescaleRow, croppedAndRescaled } from "./transformed/crop_and_rescale.ts";
export { jpegImages, type JpegOptions } from "./transformed/jpeg.ts";
export { compressedTo, type JpegCompressionRow } from "./transformed/jpeg_compression.ts";
export { quiltedFrom, type QuiltingRow } from "./transformed/quilting.ts";
export { drawnPatches, patchesOf, quilted } from "./transformed/quilts.ts";
export { type ResizeAndPadRow, resizedAndPadded } from "./transformed/resize_and_pad.ts";
export {
  smoothed,
  type TotalVariationRow,
  variationCost,
  variationMinimised,
} from "./transformed/total_variation.ts";
export { filtersOf, sparseSum, type SparseSumOptions, steepestSlope } from "./sparse_layer/basis_pursuit.ts";
export { learnedAtoms, sharpPatches, sparseCodes } from "./sparse_layer/dictionary.ts";
export { lowPass } from "./sparse_layer/low_pass.ts";
export { type SparseLayerRow, sparselySummed } from "./sparse_layer/sparse_layer.ts";
export { levelsWithin, mixedCodes, thermometerCodes } from "./thermometer/codes.ts";
export { lsPga, type LsPgaOptions } from "./thermometer/ls_pga.ts";
export {
  type ThermometerNetwork,
  type ThermometerSettings,
  type ThermometerSpec,
  thermometerSpec,
  type TrainedThermometer,
} from "./thermometer/spec.ts";
export type { ThermometerRow } from "./thermometer/thermometer.ts";
export type { Transformation } from "./transformed/transformation.ts";
export {
  type LateSurrogate,
  type LateSurrogateOptions,
  RANDOM_DRAWS,
  type Stand,
  standAveraged,
  standBehind,
  standDetecting,
  standSinglePasses,
} from "./stand.ts";
export { hasOnlySubstitute, substituteSpec } from "./substitute.ts";
export { type DefensePlace, defensePlaces, type DefenseTrait, defenseTraits } from "./traits.ts";
