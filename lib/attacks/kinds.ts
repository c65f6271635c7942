/**
 * The attacks, one line each. Lists show them in this order: the cheap ones first, those that need no gradient after them.
 *
 * @module
 */
export { noise, noiseAttack, type NoiseOptions, type NoiseSpec } from "./noise.ts";
export { fgs, fgsAttack, type FgsSpec } from "./fgs.ts";
export { bim, bimAttack, type BimSpec } from "./bim.ts";
export { pgd, pgdAttack, type PgdOptions, type PgdSpec } from "./pgd.ts";
export { momentum, momentumAttack, type MomentumOptions, type MomentumSpec } from "./momentum.ts";
export { diFgsm, diFgsmAttack, type DiFgsmOptions, type DiFgsmSpec } from "./di_fgsm.ts";
export { apgd, apgdAttack, apgdCheckpoints, type ApgdOptions, type ApgdSpec } from "./apgd.ts";
export {
  apgdTargeted,
  apgdTargetedAttack,
  type ApgdTargetedOptions,
  type ApgdTargetedSpec,
} from "./apgd_targeted.ts";
export { carliniWagner, type CarliniWagnerOptions, type CarliniWagnerSpec } from "./carlini_wagner.ts";
export { deepFool, type DeepFoolOptions, type DeepFoolSpec } from "./deep_fool.ts";
export { fab, type FabOptions, type FabSpec } from "./fab.ts";
export { fabTargeted, type FabTargetedOptions, type FabTargetedSpec } from "./fab_targeted.ts";
export { jsma, type JsmaOptions, type JsmaSpec } from "./jsma.ts";
export { square, type SquareOptions, type SquareSpec } from "./square.ts";
export { spsa, spsaAttack, type SpsaOptions, type SpsaSpec } from "./spsa.ts";
export {
  hopSkipJump,
  type HopSkipJumpOptions,
  type HopSkipJumpResult,
  type HopSkipJumpSpec,
} from "./hop_skip_jump.ts";
export {
  type ReplacementFacts,
  strongest,
  type StrongestOptions,
  type StrongestRecord,
  type StrongestResult,
  type StrongestSpec,
  type Trial,
} from "./strongest.ts";
export {
  autoAttack,
  type AutoAttackFunction,
  type AutoAttackOptions,
  type AutoAttackResult,
  type AutoAttackSpec,
  type AutoAttackVersion,
} from "./auto_attack.ts";
