import { inPercent, joinedWords } from "./words.ts";
import { checkSetting, list, object, type Setting } from "../../kinds/mod.ts";
import { faultFindings, gradientFindings } from "./fault_checks.ts";
import type { Finding } from "./finding.ts";
import { interval } from "../interval.ts";
import type { Measurement } from "../measure.ts";

/** A share of images that survive, and what may be said of it. */
export interface Claim {
  /** The share of images that are still classified right, in [0, 1]. */
  readonly accuracy: number;
  /** Wilson's 95 % interval. */
  readonly interval: readonly [number, number];
  /** "refused": a serious finding says that the attack has failed, so the number says nothing of the classifier. */
  readonly status: "stands" | "in doubt" | "refused";
  /** The number in a sentence, with everything that speaks against it. */
  readonly text: string;
  /** What speaks against it, the gravest first. */
  readonly findings: readonly Finding[];
}

const GRAVITY = { serious: 0, warning: 1, note: 2 } as const;

const FINDING: Setting = {
  wanted: 'a finding, { severity: "serious", "warning" or "note", message, remedy }',
  accepts: (value) =>
    typeof value === "object" && value !== null && "severity" in value && "message" in value &&
    Object.hasOwn(GRAVITY, value.severity as string) && typeof value.message === "string",
};

/**
 * A robust accuracy in words. It is refused where a serious finding speaks against it: then it is an upper bound that nobody
 * should quote. So the findings of {@linkcode flags}, {@linkcode indicators} and
 * {@linkcode measuredFindings} are not optional here.
 *
 * Findings of the measurement itself are added: faults that the judge saw, and gradients that are zero or not finite.
 *
 * Even where it stands it is only what these attacks leave: a better one may leave less.
 *
 * @param measurement What survived: the worst case, if there are several attacks (`robustness`, `worstCase`).
 * @param findings All findings; an empty list where every check was made and found nothing.
 * @throws {RangeError} Where there are no images.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { claim } from "@gcln/kit/evaluation";
 *
 * const { status, text } = claim({ correct: [true, true, true, false] }, [
 *   { severity: "serious", message: "The gradient is zero.", remedy: "Put another in its place." },
 * ]);
 * assertEquals(status, "refused");
 * assertEquals(
 *   text,
 *   "No robust accuracy can be given: 75.0% of 4 images are left, but 1 serious finding speaks against reading that as " +
 *     "robustness. The gradient is zero.",
 * );
 * ```
 */
export function claim(
  measurement: Pick<Measurement, "correct" | "faults" | "gradients">,
  findings: readonly Finding[],
): Claim {
  checkSetting("measurement", object("a measurement, { correct }"), measurement);
  checkSetting(
    "correct",
    list({ wanted: "true or false", accepts: isVerdict }, { least: 1 }),
    measurement.correct,
  );
  checkSetting("findings", list(FINDING), findings);
  const { correct, faults, gradients } = measurement;
  const own = [...(faults ? faultFindings(faults) : []), ...(gradients ? gradientFindings(gradients) : [])];
  const told = new Set(findings.map(({ message }) => message));
  const all = [...findings, ...own.filter(({ message }) => !told.has(message))];
  const n = correct.length, right = correct.filter(Boolean).length, range = interval(right, n);
  const sorted = all.toSorted((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity]);
  const of = (severity: Finding["severity"]) => sorted.filter((finding) => finding.severity === severity);
  const serious = of("serious"), warnings = of("warning");
  const share = `${inPercent(right / n)} of ${n} images`;
  const said = (list: readonly Finding[]) => list.map(({ message }) => ` ${message}`).join("");
  const head = { accuracy: right / n, interval: range, findings: sorted };
  if (serious.length > 0) {
    const against = joinedWords([
      numberOf(serious.length, "serious finding"),
      ...some(warnings.length, "warning"),
    ]);
    const verb = serious.length + warnings.length === 1 ? "speaks" : "speak";
    return {
      ...head,
      status: "refused",
      text:
        `No robust accuracy can be given: ${share} are left, but ${against} ${verb} against reading that as ` +
        `robustness.${said(serious)}${said(warnings)}`,
    };
  }
  const bound = `At most ${share} (95 %: ${inPercent(range[0])} to ${
    inPercent(range[1])
  }) withstand these attacks`;
  return warnings.length > 0
    ? {
      ...head,
      status: "in doubt",
      text: `${bound}, with ${numberOf(warnings.length, "warning")}.${said(warnings)}`,
    }
    : { ...head, status: "stands", text: `${bound}; no check speaks against it.` };
}

function isVerdict(value: unknown): boolean {
  return typeof value === "boolean";
}

function numberOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function some(count: number, what: string): string[] {
  return count === 0 ? [] : [numberOf(count, what)];
}
