/**
 * The one door to TensorFlow.js: engines, seeds, loops that free what they pass, gradients.
 *
 * @module
 */
import "./_repair_engine.ts";
import "./_second_gradients.ts";
export { type AdamMoments, adamStep, type AdamStepOptions } from "./adam_step.ts";
export { type Backend, type BackendName, backendName, backendNames, useBackend } from "./backend.ts";
export { BackendError } from "./backend_error.ts";
export { batchNormTraining, type Normalised } from "./batch_norm.ts";
export { bend, type Bent } from "./bend.ts";
export { checkImages } from "./check_images.ts";
export {
  compile,
  type Compiled,
  type CompileOptions,
  type Precision,
  type TensorFunction,
} from "./compile.ts";
export { fastestPrecision } from "./fastest_precision.ts";
export { evaluated, type Frozen, frozen, isFrozen } from "./frozen.ts";
export { gradientAt, type Parameters, type ValueAndGradients, valueAndGradients } from "./gradient.ts";
export {
  type GradientRule,
  type GradientRules,
  type KernelGradient,
  type RuleName,
  taped,
  withGradients,
} from "./gradient_rules.ts";
export type { Batch, Classifier, Cleaner, Images, Labels, Logits } from "./images.ts";
export { iterate } from "./iterate.ts";
export { inLogDomain, mayRankOtherwise } from "./log_domain.ts";
export { leavingResult } from "./leaving_result.ts";
export { nearestName } from "../kinds/mod.ts";
export { NoGraphError, outsideGraphs } from "./outside_graphs.ts";
export { counted, type Passes, passes, uncounted } from "./passes.ts";
export { pause } from "./pause.ts";
export type { Progress, ProgressPlace } from "./progress.ts";
export { releasing } from "./releasing.ts";
export { fold, normal, permutation, type Random, random, type Seeds, uniform } from "./seed.ts";
export { straightThrough } from "./straight_through.ts";
export { type StopButton, throwIfStopped } from "./stop_button.ts";
export { tf } from "./tf.ts";
