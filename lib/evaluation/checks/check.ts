import type { Evidence } from "../evidence.ts";
import type { Finding } from "./finding.ts";

/**
 * What a check returns: a finding, and the numbers that it compared. The first is the one in doubt, the others are
 * why.
 */
export interface Suspicion extends Omit<Finding, "about"> {
  /** The numbers, the doubtful one first. */
  readonly numbers: readonly [Evidence, ...Evidence[]];
}

/** A check of an evaluation: looks at all numbers there are, and compares what can be compared. */
export type Check = (evidence: readonly Evidence[]) => Suspicion[];
