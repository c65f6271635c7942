import type { Finding } from "../../checks/finding.ts";

/** What a flag is raised for. */
export type FlagName =
  | "randomised"
  | "other images matter"
  | "probabilities"
  | "logits not finite"
  | "zero gradients"
  | "gradients not finite"
  | "few classes"
  | "dynamic"
  | "square";

/** A finding, and the flag behind it. */
export interface Flag extends Finding {
  /** What was raised. */
  readonly flag: FlagName;
}
