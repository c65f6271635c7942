/**
 * A research kit for adversarial attacks and purification defenses, on TensorFlow.js: every table of *GCLN* (the generative
 * cleaning network with quantized nonlinear transform) as data, run by one command or one call.
 *
 * ```ts
 * import { reproduce, table1 } from "@gcln/kit";
 *
 * const row = "Our method (Qs = 10)", columns = ["Clean", "PGD", "BPDA PGD"];
 * const { rows, findings } = await reproduce(table1, { rows: [row], columns, examples: 20 });
 * for (const column of columns) {
 *   const { accuracy, reported } = rows[row]![column]!;
 *   console.log(column, accuracy, "here, the paper:", reported);
 * }
 * console.log(findings[0]!.message); // a reason to doubt the second number
 * ```
 *
 * It prints, give or take a little:
 *
 * ```text
 * Clean 0.95 here, the paper: 0.9165
 * PGD 0.95 here, the paper: 0.8605
 * BPDA PGD 0 here, the paper: null
 * Our method (Qs = 10): the attacker's gradient is exactly zero on 100.0% of the images under PGD. An attack by gradients can't move such an image.
 * ```
 *
 * The parts, from the ground up. Each is also an entry point of its own, `@gcln/kit/attacks` and so on.
 *
 * - **tensor** is the one door to TensorFlow.js: {@linkcode useBackend} starts the fastest engine, {@linkcode tf} is
 *   TensorFlow.js itself. Images are `[n, height, width, channels]` in [0, 1], a {@linkcode Classifier} is a function
 *   from images to logits, a {@linkcode Cleaner} one from images to images.
 * - **data**: {@linkcode cifar10}, {@linkcode svhn}, {@linkcode fashionMnist}, and {@linkcode streetDigits}, which are
 *   painted here and need no download.
 * - **transform**: {@linkcode quantizedTransform}, the paper's Eq. (1) and (2).
 * - **losses**: what attacks raise and what the cleaning network is trained on, Eq. (3) to (6).
 * - **networks** are pure functions of named parameters: {@linkcode network} makes one of a spec, {@linkcode classifierOf}
 *   one with weights.
 * - **attacks** take what is differentiated, a batch and options: {@linkcode fgs}, {@linkcode bim}, {@linkcode pgd},
 *   {@linkcode carliniWagner}; {@linkcode linf} is the ball. {@linkcode bpda} puts a gradient in place of another.
 * - **defenses**: {@linkcode defend} puts a cleaner before a classifier, {@linkcode cleanerOf} makes the paper's.
 * - **training**: {@linkcode trained} gives the network of a spec: shipped, from the cache, or trained now.
 * - **evaluation**: {@linkcode measure} attacks one thing and scores another, {@linkcode worstCase} is taken image by
 *   image, and {@linkcode measuredFindings} tells which numbers can't be what they look like.
 * - **experiments**: {@linkcode table1} is data, {@linkcode profiles} say what it costs, {@linkcode reproduce} runs it.
 * - **report**: {@linkcode toMarkdown}, {@linkcode toHtml}, {@linkcode gallery}, in terminals, notebooks and browsers.
 *
 * Who does the attacker know? The paper's question in a few lines: the victim stays the same, what is differentiated
 * changes.
 *
 * ```ts
 * import { defend, linf, measure, quantizedTransform, streetDigits, useBackend } from "@gcln/kit";
 * import type { Images, Logits } from "@gcln/kit";
 *
 * await useBackend();
 * const data = await streetDigits("test", { size: 16 });
 * // A network, elsewhere.
 * const classifier = (images: Images) => images.reshape([-1, 3072]).slice([0, 0], [-1, 10]) as Logits;
 * const behind = (backward: "exact" | "straight-through") =>
 *   defend(classifier, (images) => quantizedTransform(images, { q: 10 / 255, backward }));
 *
 * const victim = behind("exact"), attack = { attack: "fgs", ball: linf(8 / 255) } as const;
 * for (const surrogate of [victim, behind("straight-through"), classifier]) {
 *   const { zeroGradient } = await measure(victim, data, { attack, surrogate, seed: 1 });
 *   console.log("the gradient is zero on this share of the images:", zeroGradient);
 * }
 * ```
 *
 * Rounding has no slope, so who differentiates it sees nothing:
 *
 * ```text
 * the gradient is zero on this share of the images: 1
 * the gradient is zero on this share of the images: 0
 * the gradient is zero on this share of the images: 0
 * ```
 *
 * @module
 */
export {
  type Batch,
  bend,
  type Classifier,
  type Cleaner,
  compile,
  fastestPrecision,
  fold,
  type Frozen,
  frozen,
  gradientAt,
  type Images,
  type Labels,
  type Logits,
  type Parameters,
  passes,
  type Precision,
  type Progress,
  straightThrough,
  tf,
  uniform,
  useBackend,
} from "./lib/tensor/mod.ts";
export {
  cifar10,
  type Dataset,
  dataset,
  type DatasetKind,
  type DatasetName,
  datasetNamed,
  datasets,
  defineDataset,
  factsOf,
  fashionMnist,
  fromArrays,
  imageFolder,
  type LoadOptions,
  npz,
  type Split,
  streetDigits,
  svhn,
} from "./lib/data/mod.ts";
export { dct, haar, inverseDct, inverseHaar, quantize, quantizedTransform } from "./lib/transform/mod.ts";
export { adversarial, crossEntropy, dlr, generative, margin, minimax, perceptual } from "./lib/losses/mod.ts";
export { type Faults, judge, type Victim } from "./lib/judge/mod.ts";
export {
  classifierFromModel,
  classifierOf,
  defineArchitecture,
  features,
  gradCam,
  loadParameters,
  loadVgg19,
  type Network,
  network,
  type NetworkSpec,
  readSafetensors,
  writeSafetensors,
} from "./lib/networks/mod.ts";
export {
  apgd,
  apgdTargeted,
  type Attack,
  attackBy,
  attackNamed,
  type AttackSpec,
  autoAttack,
  type Ball,
  bim,
  bpda,
  carliniWagner,
  carliniWagnerL2,
  carliniWagnerLinf,
  checkBatch,
  contains,
  deepFool,
  defineAttack,
  defineThreat,
  diFgsm,
  distance,
  diverseInput,
  eot,
  fab,
  fabTargeted,
  featureAdversary,
  fgs,
  hopSkipJump,
  inSequence,
  jsma,
  l1,
  l2,
  linf,
  lossGradient,
  momentum,
  noise,
  type Norm,
  pgd,
  project,
  spsa,
  square,
  strongest,
  type Threat,
  withPredictedLabels,
} from "./lib/attacks/mod.ts";
export {
  advGan,
  backwardThrough,
  type ClassifierSpec,
  fitAdvGan,
  fitClassifier,
  fitSubstitute,
  idOf,
  trained,
  type TrainedNetwork,
  type TrainedSpec,
} from "./lib/training/mod.ts";
export {
  adversarialSpec,
  classifierSpec,
  cleanerOf,
  defend,
  type Defense,
  type DefenseRow,
  defineDefense,
  deploy,
  fitGcln,
  fitParametricNoise,
  gcln,
  type GclnSpec,
  gclnSpec,
  noisyClassifier,
  parametricNoiseSpec,
  type Profile,
  standBehind,
  substituteSpec,
} from "./lib/defenses/mod.ts";
export {
  accuracy,
  type Cell,
  checklist,
  type Claim,
  claim,
  distanceCurve,
  distancesOf,
  type Finding,
  type Flag,
  flags,
  indicators,
  keptAttacks,
  type Likeness,
  measure,
  measuredFindings,
  type Measurement,
  type PanelsResult,
  recorded,
  reported,
  reportedFindings,
  type Result,
  type Robustness,
  robustness,
  securityCurve,
  stepCurve,
  worstCase,
} from "./lib/evaluation/mod.ts";
export {
  ablation,
  circumstancesOf,
  type Column,
  everyAttack,
  type Figure,
  figure2,
  figure3,
  figure4,
  type FigureCurve,
  illustrate,
  type ProfileName,
  profiles,
  reproduce,
  reproduceFigure,
  type Row,
  type Table,
  table1,
  table2,
  table3,
  table4,
  traitsIn,
  visualise,
} from "./lib/experiments/mod.ts";
export {
  attackCosts,
  curve,
  type CurvePoint,
  difference,
  featureMaps,
  gallery,
  lineProgress,
  markdown,
  panelsOf,
  progress,
  shown,
  shownChecklist,
  shownLikeness,
  tabulated,
  terminalProgress,
  toHtml,
  toMarkdown,
  type Verdict,
  verdicts,
} from "./lib/report/mod.ts";
