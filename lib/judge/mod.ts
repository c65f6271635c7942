/**
 * The one judge: whether an image is read right, and whether an attack has won.
 *
 * @module
 */
export {
  addFaults,
  type Attacked,
  checkLabels,
  type Faults,
  judge,
  type Judgement,
  NO_FAULTS,
  type Victim,
} from "./judge.ts";
export { isFallen, isReadAs, isUndecided, lead, logitsOf } from "./verdict.ts";
