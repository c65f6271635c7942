/**
 * The one judge: whether an image is read right, and whether an attack has won; and who still stands when several attacks
 * are tried.
 *
 * @module
 */
export {
  addFaults,
  type Attacked,
  checkLabels,
  type Faults,
  hasFaults,
  judge,
  type Judgement,
  type JudgeOptions,
  NO_FAULTS,
  type Victim,
} from "./judge.ts";
export { leadOf, withRefusals } from "./lead_of.ts";
export { type Standing, standing, type Turn } from "./standing.ts";
export { classesRead, isFallen, isReadAs, isUndecided, lead, logitsOf } from "./verdict.ts";
