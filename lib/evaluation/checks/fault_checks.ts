import type { Faults } from "../../judge/mod.ts";
import type { Evidence } from "../evidence.ts";
import type { GradientShares } from "../gradient_shares.ts";
import type { Suspicion } from "./check.ts";
import type { Finding } from "./finding.ts";
import { columnNames, inPercent, joinedWords, subjectOf } from "./words.ts";

/** From this share of images on, a gradient of no use decides the number. */
export const MANY_IMAGES = 0.1;

/** `1 image`, `3 images`. */
function images(count: number): string {
  return `${count} ${count === 1 ? "image" : "images"}`;
}

/** What was wrong, in words, and what to do, for each kind of fault that there is. */
function faultWords({ undecided, notFinite, outside }: Faults): Pick<Finding, "message" | "remedy">[] {
  return [
    ...undecided === 0 ? [] : [{
      message: `The classifier answered ${
        images(undecided)
      } with NaN among the logits, which is never right.`,
      remedy:
        "Find where the classifier makes NaN (a root, a logarithm, a division by 0) before any number is read.",
    }],
    ...notFinite === 0 ? [] : [{
      message: `The attack returned ${images(notFinite)} with NaN or infinity in it. That is no image: the ` +
        "one before the attack was judged in its place, so the attack has done nothing there.",
      remedy: "Do not read the number as robustness: mend the attack, or the gradient that it was given.",
    }],
    ...outside === 0 ? [] : [{
      message:
        `The attack returned ${images(outside)} outside of its ball or of [0, 1]. That is not allowed: the ` +
        "one before the attack was judged in its place, so the attack has done nothing there.",
      remedy:
        "Do not read the number as robustness: project the attacked images onto the ball and clip them to [0, 1].",
    }],
  ];
}

/** Findings about the faults of one measurement. */
export function faultFindings(faults: Faults): Finding[] {
  return faultWords(faults).map((words) => ({ severity: "serious", ...words }));
}

/** Findings about the gradients of one measurement: zero, or not finite, on some images. */
export function gradientFindings({ zero, notFinite }: GradientShares): Finding[] {
  return [
    ...zero === 0 ? [] : [{
      severity: severityOf(zero),
      message: `The attacker's gradient is exactly zero on ${inPercent(zero)} of the images. ` + CANNOT_MOVE,
      remedy: ZERO_REMEDY,
    }],
    ...notFinite === 0 ? [] : [{
      severity: severityOf(notFinite),
      message: `The attacker's gradient holds NaN or infinity on ${inPercent(notFinite)} of the images. ` +
        GOES_ON,
      remedy: NOT_FINITE_REMEDY,
    }],
  ];
}

/** How grave it is that the gradient is of no use on a share of the images. */
export function severityOf(share: number): "warning" | "serious" {
  return share < MANY_IMAGES ? "warning" : "serious";
}

/** What a zero gradient means, and what to do. */
export const CANNOT_MOVE = "An attack by gradients can't move such an image.",
  ZERO_REMEDY =
    "Do not read these numbers as robustness. Attack with a gradient put in place of the one that " +
    "vanishes: rounding passed straight through (BPDA), or the margin where the classifier is too sure.";

/** What a gradient that is not finite means, and what to do. */
export const GOES_ON = "An attack by gradients goes on with the rest of it, and may miss the way.",
  NOT_FINITE_REMEDY =
    "Do not read these numbers as robustness. Look for a root or a logarithm at 0, or a division by 0, and keep it away " +
    "from there (x + 1e-9); add an attack by queries alone (Square).";

/**
 * The judge found faults: attacked images that are not finite or not allowed, or logits that are NaN.
 *
 * @param evidence Numbers with {@linkcode Evidence.faults}.
 */
export function judgedWithFaults(evidence: readonly Evidence[]): Suspicion[] {
  return evidence.flatMap((number) =>
    number.faults === undefined ? [] : faultWords(number.faults).map(({ message, remedy }) => ({
      severity: "serious" as const,
      message: `${subjectOf(number)}, ${columnNames([number])}: ${message}`,
      remedy,
      numbers: [number] as const,
    }))
  );
}

/**
 * The attacker's gradient holds NaN or infinity on some images.
 *
 * @param evidence Numbers with {@linkcode Evidence.gradients}.
 */
export function notFiniteGradients(evidence: readonly Evidence[]): Suspicion[] {
  const rows = Map.groupBy(evidence, ({ row, dataset, source }) => JSON.stringify([row, dataset, source]));
  return [...rows.values()].flatMap((row) => {
    const [first, ...others] = row.filter(({ gradients }) => (gradients?.notFinite ?? 0) > 0);
    if (first === undefined) return [];
    const all = [first, ...others], shares = all.map(({ gradients }) => gradients!.notFinite);
    const alike = Map.groupBy(all, ({ gradients }) => inPercent(gradients!.notFinite));
    const where = [...alike].map(([share, cells]) => `${share} of the images under ${columnNames(cells)}`);
    return [{
      severity: severityOf(Math.max(...shares)),
      message:
        `${subjectOf(first)}: the attacker's gradient holds NaN or infinity on ${joinedWords(where)}. ` +
        GOES_ON,
      remedy: NOT_FINITE_REMEDY,
      numbers: [first, ...others] as const,
    }];
  });
}
