/**
 * The one door to TensorFlow.js: engines, seeds, loops that free what they pass, gradients.
 *
 * @module
 */
export * from "./backend.ts";
export * from "./backend_error.ts";
export {
  compile,
  type Compiled,
  type CompileOptions,
  type Precision,
  type TensorFunction,
} from "./compile.ts";
export { fastestPrecision } from "./fastest_precision.ts";
export { batchNormTraining, type Normalised } from "./batch_norm.ts";
export * from "./bend.ts";
export { evaluated, type Frozen, frozen, isFrozen } from "./frozen.ts";
export * from "./gradient.ts";
export {
  type GradientRule,
  type GradientRules,
  type KernelGradient,
  releasing,
  type RuleName,
  taped,
  withGradients,
} from "./gradient_rules.ts";
export * from "./images.ts";
export * from "./iterate.ts";
export { nearestName } from "../kinds/mod.ts";
export { counted, type Passes, passes, uncounted } from "./passes.ts";
export { pause } from "./pause.ts";
export type { Progress } from "./progress.ts";
export * from "./seed.ts";
export * from "./straight_through.ts";
export * from "./tf.ts";
