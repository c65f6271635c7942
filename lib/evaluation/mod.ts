/**
 * Evaluation: attacks measured, results and their circumstances, what the paper reports, and findings: numbers that can't
 * be what they look like, measured or reported.
 *
 * - measuring: {@linkcode accuracy}, {@linkcode measure}, {@linkcode robustness}, {@linkcode worstCase}, and curves over
 *   steps, radii and distances. All ask one judge which images are read right, and count with one runner who still stands;
 * - checks look at numbers: {@linkcode measuredFindings}, {@linkcode checklist}, and {@linkcode claim}, which gives a number
 *   only where nothing serious speaks against it;
 * - diagnosis looks at networks: {@linkcode flags} before a classifier is attacked, {@linkcode indicators} at an attack that
 *   may have failed.
 *
 * @module
 */

// Measuring.
export { accuracy } from "./accuracy.ts";
export { type CellCache, cellCache, type CellCacheOptions, type CellProvenance } from "./cells.ts";
export { type DistanceCurve, distanceCurve, distancesOf } from "./distance_curve.ts";
export type { GradientShares } from "./gradient_shares.ts";
export { interval } from "./interval.ts";
export { type KeptAttacks, keptAttacks, type KeptAttacksOptions, type KeptWork } from "./kept_attacks.ts";
export { isRedrawn, measure, type Measurement, type MeasureOptions } from "./measure.ts";
export {
  type AttackRecord,
  type Robustness,
  robustness,
  type RobustnessOptions,
  type ShareAlone,
} from "./robustness.ts";
export { securityCurve, type SecurityCurveOptions, type SecurityPoint, within } from "./security_curve.ts";
export { seedInterval, type SeedTally } from "./seed_interval.ts";
export type { Share } from "./share.ts";
export { type SteadySpec, stepCurve, type StepCurveOptions, type StepPoint } from "./step_curve.ts";
export { worstCase } from "./worst_case.ts";
export { gradientShares, zeroGradientShare, type ZeroGradientShareOptions } from "./zero_gradient_share.ts";

// Results, and what the paper reports.
export { type Evidence, type Measured, measuredEvidence, reportedEvidence } from "./evidence.ts";
export {
  type CleaningLikeness,
  type Likeness,
  type LikenessResult,
  type Mean,
  meanOf,
  overlaps,
  relativeDistances,
} from "./likeness.ts";
export { type AnyResult, looksLikeResult, readResult } from "./read_result.ts";
export { recorded, type RecordedOptions } from "./recorded.ts";
export {
  type Anchor,
  type FigureName,
  reported,
  type ReportedAttack,
  type ReportedFigure,
  type ReportedPanel,
  type ReportedPicture,
  type ReportedRow,
  type ReportedSeries,
  type ReportedTable,
  type TableName,
  tableNames,
} from "./reported.ts";
export type {
  AttackDescription,
  Cell,
  FigureResult,
  PanelResult,
  PanelsResult,
  Point,
  Provenance,
  Result,
  ResultHead,
} from "./result.ts";

// Checks.
export { headlineAboveWorstCase, outsiderStronger } from "./checks/access_checks.ts";
export { largeBallSurvived, largerBallWeaker } from "./checks/ball_checks.ts";
export { abovePublishedBreak } from "./checks/break_checks.ts";
export type { Check, Suspicion } from "./checks/check.ts";
export {
  type Checklist,
  checklist,
  type ChecklistItem,
  type ChecklistOptions,
  type ChecklistStatus,
} from "./checks/checklist.ts";
export { type Claim, claim } from "./checks/claim.ts";
export { judgedWithFaults, notFiniteGradients } from "./checks/fault_checks.ts";
export { chanceReached, reportedFigureFindings } from "./checks/figure_findings.ts";
export type { Finding, FindingSubject } from "./checks/finding.ts";
export { findingsIn, type FindingsOptions, measuredFindings, reportedFindings } from "./checks/findings.ts";
export { choiceOfGradient, zeroGradients } from "./checks/gradient_checks.ts";
export { likenessFindings } from "./checks/likeness_findings.ts";
export { moreStepsWeaker, oneStepStronger, stepsStillCount } from "./checks/step_checks.ts";

// Diagnosis.
export { type Flag, type FlagName, flags, type FlagsOptions, squareStronger } from "./diagnosis/flags.ts";
export {
  type AttackMaker,
  type AttackMakerOptions,
  type FollowedAttack,
  type IndicatorFinding,
  type IndicatorName,
  type Indicators,
  indicators,
  type IndicatorsOptions,
} from "./diagnosis/indicators.ts";
