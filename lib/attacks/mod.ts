/**
 * Attacks: functions of what is differentiated, a batch, and options; and what they are made of.
 *
 * @module
 */
export * from "./kinds.ts";
export {
  batchSizeFor,
  inOrder,
  padding,
  type Part,
  partSizes,
  runActive,
  type RunActiveOptions,
  type RunActiveResult,
  type Subset,
  subset,
} from "./active_set.ts";
export {
  type Ascent,
  type Asks,
  type Attack,
  type AttackFacts,
  type AttackFunction,
  type AttackKind,
  defineAttack,
  type ExampleOptions,
  type IteratedAttack,
  type NotInSpecs,
  type OwnName,
  type OwnSpec,
  type RunSettings,
  type SpecData,
  type SpecOf,
} from "./attack.ts";
export {
  type AttackLoss,
  attackLoss,
  type AttackLossName,
  lossGradient,
  type LossGradientOptions,
} from "./steps/attack_loss.ts";
export {
  type AttackOptions,
  attackSettings,
  checkBatchShapes,
  checkImageShapes,
  type IteratedOptions,
  iteratedSettings,
  type Stop,
} from "./steps/attack_options.ts";
export {
  attackBy,
  attackNamed,
  attackOf,
  attacks,
  type AttackSpec,
  choosesSurrogates,
  isAttackName,
  isIterated,
  iteratedBy,
  type IteratedSpec,
  type KitAttack,
  runActiveBy,
  type RunActiveByOptions,
  type SettledAttack,
  type SettledAttackOptions,
  type SpecMadeBy,
} from "./attack_spec.ts";
export {
  type AnyBall,
  type Ball,
  bounds,
  checkBall,
  clip,
  contains,
  distance,
  l1,
  l2,
  linf,
  type Norm,
  type PixelBounds,
  project,
  radii,
  type Radius,
  randomStart,
  steepest,
} from "./steps/ball.ts";
export { bpda, type BpdaOptions } from "./bpda.ts";
export { carliniWagnerL2, type CarliniWagnerL2Options } from "./carlini_wagner/l2.ts";
export {
  carliniWagnerLinf,
  type CarliniWagnerLinfOptions,
  pixelDefendProtocol,
} from "./carlini_wagner/linf.ts";
export { checkBatch, type CheckBatchOptions } from "./steps/check_batch.ts";
export { diverseInput, type DiverseInputOptions } from "./diverse_input.ts";
export { eot, eotLoss, type EotOptions, type Randomised } from "./eot.ts";
export {
  featureAdversary,
  type FeatureAdversaryOptions,
  featureDistance,
  type FeatureDistanceOptions,
} from "./feature_adversary.ts";
export type { Redrawable } from "./steps/fresh_draws.ts";
export { finite } from "./steps/finite.ts";
export { imageSeeds, type ImagesWithIds } from "./steps/image_seeds.ts";
export { gradientFaults, type GradientShares } from "./steps/gradient_faults.ts";
export {
  advance,
  type AttackState,
  type Carried,
  iterateAll,
  type Iterated,
  iterateUntil,
  type IterateUntilOptions,
  run,
  runStoppable,
  type RunStoppableOptions,
  select,
} from "./steps/iterated.ts";
export { type AttackResult, judgeAttack } from "./judge_attack.ts";
export { imagesOf, inBall, type MinimalOptions, type MinimalResult } from "./steps/minimal.ts";
export { withPredictedLabels } from "./predicted_labels.ts";
export { projectedAscent, type ProjectedAscentOptions } from "./steps/projected_ascent.ts";
export { redrawn, type RedrawnOptions } from "./steps/redrawn.ts";
export { selective } from "./selective.ts";
export {
  ballOf,
  inSequence,
  type InSequenceOptions,
  type SequenceResult,
  type Shown,
  type Stage,
  type StageRecord,
} from "./sequence.ts";
export { keepStronger, strongestOf, type StrongestOfOptions } from "./steps/strongest_of.ts";
export {
  defineThreat,
  isThreatName,
  type Knowledge,
  type Threat,
  type ThreatGradient,
  threatNamed,
  threats,
} from "./threats/mod.ts";
