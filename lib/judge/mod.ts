/**
 * Decides whether an image is classified correctly and whether an attack has succeeded, and records which images several
 * attacks in a row have left standing.
 *
 * @module
 */
export { checkLabels } from "./checks.ts";
export { addFaults, type Faults, hasFaults, NO_FAULTS } from "./faults.ts";
export { type Attacked, judge, type Judgement, type JudgeOptions, type Victim } from "./judge.ts";
export { leadOf, withRefusals } from "./lead_of.ts";
export { type Standing, standing, type Turn } from "./standing.ts";
export { classesRead, isFallen, isReadAs, isUndecided, lead, logitsOf } from "./verdict.ts";
