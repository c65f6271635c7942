/**
 * Evaluation: results and their circumstances, what the paper reports, and findings: numbers that can't be what they
 * look like, measured or reported. Flags look at a classifier before it is attacked, indicators at an attack that fails,
 * the checklist at what an evaluation has shown.
 *
 * @module
 */
export * from "./accuracy.ts";
export * from "./checks/access_checks.ts";
export * from "./checks/ball_checks.ts";
export * from "./cells.ts";
export * from "./checks/check.ts";
export * from "./checks/checklist.ts";
export * from "./checks/claim.ts";
export * from "./distance_curve.ts";
export * from "./evidence.ts";
export * from "./gradient_shares.ts";
export { judgedWithFaults, notFiniteGradients } from "./checks/fault_checks.ts";
export * from "./checks/figure_findings.ts";
export * from "./checks/finding.ts";
export * from "./checks/findings.ts";
export * from "./diagnosis/flags.ts";
export * from "./checks/gradient_checks.ts";
export * from "./diagnosis/indicators.ts";
export * from "./interval.ts";
export * from "./kept_attacks.ts";
export * from "./likeness.ts";
export * from "./checks/likeness_findings.ts";
export * from "./measure.ts";
export * from "./recorded.ts";
export * from "./reported.ts";
export * from "./result.ts";
export * from "./robustness.ts";
export * from "./security_curve.ts";
export * from "./share.ts";
export * from "./seed_interval.ts";
export * from "./checks/step_checks.ts";
export * from "./step_curve.ts";
export * from "./worst_case.ts";
export * from "./zero_gradient_share.ts";
