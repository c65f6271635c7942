/**
 * Evaluation: results and their circumstances, what the paper reports, and findings: numbers that can't be what they
 * look like, measured or reported. Flags look at a classifier before it is attacked, indicators at an attack that fails,
 * the checklist at what an evaluation has shown.
 *
 * @module
 */
export * from "./access_checks.ts";
export * from "./ball_checks.ts";
export * from "./cells.ts";
export * from "./check.ts";
export * from "./checklist.ts";
export * from "./claim.ts";
export * from "./distance_curve.ts";
export * from "./evidence.ts";
export * from "./figure_findings.ts";
export * from "./finding.ts";
export * from "./findings.ts";
export * from "./flags.ts";
export * from "./gradient_checks.ts";
export * from "./indicators.ts";
export * from "./interval.ts";
export * from "./kept_attacks.ts";
export * from "./likeness.ts";
export * from "./likeness_findings.ts";
export * from "./measure.ts";
export * from "./recorded.ts";
export * from "./reported.ts";
export * from "./result.ts";
export * from "./robustness.ts";
export * from "./security_curve.ts";
export * from "./share.ts";
export * from "./seed_interval.ts";
export * from "./step_checks.ts";
export * from "./step_curve.ts";
export * from "./zero_gradient_share.ts";
