/**
 * Evaluation: results and their circumstances, what the paper reports, and findings: numbers that can't be what they
 * look like, measured or reported.
 *
 * @module
 */
export * from "./cells.ts";
export * from "./checks.ts";
export * from "./evidence.ts";
export * from "./finding.ts";
export * from "./findings.ts";
export * from "./interval.ts";
export * from "./measure.ts";
export * from "./reported.ts";
export * from "./result.ts";
