/**
 * Training: descent with checkpoints, classifiers, and networks as functions of their specs.
 *
 * @module
 */
export { advGan, type AdvGanOptions, type GeneratorAttack } from "./adv_gan.ts";
export { type Adversary, type AdversaryAttack, isAdversaryAttack } from "./adversary.ts";
export { backwardThrough, type BackwardThroughOptions, type LearnedSubstitute } from "./backward_through.ts";
export { type Checkpoint, type CheckpointStore, fileCheckpoints } from "./checkpoint.ts";
export {
  builtClassifier,
  type ClassifierFitting,
  type ClassifierFunction,
  type ClassifierSpec,
  type ClassifierTraining,
  type TrainedClassifier,
  trainingOf,
} from "./classifier.ts";
export { descend, type Learner } from "./descent.ts";
export { digest } from "./digest.ts";
export { type DrawnEpsilon } from "./drawn_epsilon.ts";
export { fitAdvGan, type FitAdvGanOptions, type FittedAdvGan } from "./fit_adv_gan.ts";
export { fitClassifier } from "./fit_classifier.ts";
export { type AttackSource, type FitClassifierOptions, type Fitted } from "./fit_options.ts";
export { checkTrainingData, classifierFitSettings, resumedFitSettings } from "./fit_settings.ts";
export { fitSubstitute, type FitSubstituteOptions, type FittedSubstitute } from "./fit_substitute.ts";
export { fitUnlabelled, type UnlabelledLearner, type UnlabelledTraining } from "./fit_unlabelled.ts";
export type { HistoryEntry } from "./history.ts";
export {
  DivergedError,
  type StepResult,
  trainingLoop,
  type TrainingLoopOptions,
  type TrainingResult,
} from "./loop.ts";
export { minimise, type MinimiseOptions } from "./minimise.ts";
export { type Forward, type MovingTarget, movingTarget, type MovingTargetOptions } from "./moving_target.ts";
export {
  closeNetworkKinds,
  defineNetworkKind,
  type Needed,
  type NetworkKind,
  type TrainingOutcome,
  type TrainingRun,
} from "./network_kind.ts";
export { idOf, withNeeded } from "./id.ts";
export {
  adam,
  type AdamOptions,
  clipByGlobalNorm,
  type Optimiser,
  sgd,
  type SgdOptions,
} from "./optimiser.ts";
export { sampler } from "./sampler.ts";
export { constant, cosine, type CosineOptions, type Schedule, stepwise } from "./schedule.ts";
export type { TrainedBy, TrainedNetwork, TrainedSpec } from "./spec.ts";
export { exportTrained, isTrained, trained, type TrainedOptions } from "./trained.ts";
export { byNames, group, type Trees, ungroup } from "./trees.ts";
export { type TrainedOn, trainedOnHere, trainedOnText } from "./trained_on.ts";
export { type TrainingRecord, WeightsError } from "./weights_file.ts";
export { trainingImages } from "./training_images.ts";
