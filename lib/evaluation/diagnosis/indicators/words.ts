import { severityOf } from "../../checks/fault_checks.ts";
import { inPercent } from "../../checks/words.ts";
import type { IndicatorFinding, IndicatorName } from "./names.ts";

/** What each indicator says, and what to do about it. */
const WORDS: Readonly<Record<IndicatorName, { readonly seen: string; readonly remedy: string }>> = {
  "unavailable gradients": {
    seen: "the gradient of the attack's loss at its start is exactly zero or can't be had",
    remedy:
      "Put a gradient in the place of the one that is missing: pass rounding straight through (BPDA). Where the " +
      "classifier is too sure, attack the margin.",
  },
  "unstable predictions": {
    seen: "the margin changes by that much of itself in a small box around the image",
    remedy:
      "Average the gradient over the defense's draws (EOT), or over points around the image, and score with more " +
      "than one draw.",
  },
  "silent success": {
    seen: "the attack passes an adversarial image and returns another that is not",
    remedy: 'Keep each image\'s best point: let it stop "on success", or take APGD, which does so.',
  },
  "incomplete optimisation": {
    seen: "the image stands, but the loss still rises in the last ten steps",
    remedy: "Take more steps until the loss is flat, or APGD, which finds its own step size.",
  },
  "transfer failure": {
    seen: "what the attack returns fools what it differentiated, but not the victim",
    remedy: "Attack the defended model itself, with a gradient put in place of any that is missing (BPDA).",
  },
  "unconstrained attack failure": {
    seen: "no bound at all, and still the image stands",
    remedy:
      "The attack fails, not the defense holds: check how attack and defense are put together, the gradient and " +
      "the loss, before any of its numbers is read.",
  },
};

/** The finding of an indicator that fires. */
export function indicatorFinding(
  indicator: IndicatorName,
  value: number,
  attacked: number,
  error: string | undefined,
): IndicatorFinding {
  const { seen, remedy } = WORDS[indicator], images = `${attacked} ${attacked === 1 ? "image" : "images"}`;
  const amount = indicator === "unstable predictions"
    ? `${inPercent(value)}, the mean of ${images}`
    : `${inPercent(value)} of ${images}`;
  const why = indicator === "unavailable gradients" && error !== undefined
    ? ` TensorFlow.js says: ${error}`
    : "";
  const name = indicator[0]!.toUpperCase() + indicator.slice(1);
  return {
    indicator,
    severity: severityOf(value),
    message: `${name}, ${amount}: ${seen}.${why}`,
    remedy,
  };
}
