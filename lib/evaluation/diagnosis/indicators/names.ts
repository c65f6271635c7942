import type { Finding } from "../../checks/finding.ts";

/** The six ways for an attack to fail, I1 to I6. */
export type IndicatorName =
  | "unavailable gradients"
  | "unstable predictions"
  | "silent success"
  | "incomplete optimisation"
  | "transfer failure"
  | "unconstrained attack failure";

/** A finding, and the indicator behind it. */
export interface IndicatorFinding extends Finding {
  /** Which indicator fired. */
  readonly indicator: IndicatorName;
}

/** The names, in the order of the paper. */
export const NAMES: readonly IndicatorName[] = [
  "unavailable gradients",
  "unstable predictions",
  "silent success",
  "incomplete optimisation",
  "transfer failure",
  "unconstrained attack failure",
];

/** Something for each of them. */
export function forEachIndicator<T>(of: (name: IndicatorName) => T): Record<IndicatorName, T> {
  return Object.fromEntries(NAMES.map((name) => [name, of(name)])) as Record<IndicatorName, T>;
}
