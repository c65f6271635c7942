import { checkSettings, count } from "../../kinds/mod.ts";
import { headlineAboveWorstCase, outsiderStronger } from "./access_checks.ts";
import { abovePublishedBreak } from "./break_checks.ts";
import { largeBallSurvived, largerBallWeaker } from "./ball_checks.ts";
import type { Check, Suspicion } from "./check.ts";
import { type Evidence, type Measured, measuredEvidence, reportedEvidence } from "../evidence.ts";
import type { Finding } from "./finding.ts";
import { choiceOfGradient, zeroGradients } from "./gradient_checks.ts";
import type { TableName } from "../reported.ts";
import { judgedWithFaults, notFiniteGradients } from "./fault_checks.ts";
import { refusedImages } from "./refusal_checks.ts";
import { moreStepsWeaker, oneStepStronger } from "./step_checks.ts";

/** Options of {@linkcode findingsIn}: what it has to know beside the numbers. */
export interface FindingsOptions {
  /** How many classes there are. Default: as many as the result says, or the data set has that the kit knows by its name. */
  readonly classes?: number;
}

function suspicions(evidence: readonly Evidence[], options: FindingsOptions = {}): Suspicion[] {
  checkSettings("findings", { classes: count({ least: 2 }) }, options);
  const checks: readonly Check[] = [
    judgedWithFaults,
    zeroGradients,
    notFiniteGradients,
    refusedImages,
    choiceOfGradient,
    oneStepStronger,
    outsiderStronger,
    headlineAboveWorstCase,
    abovePublishedBreak,
    moreStepsWeaker,
    largerBallWeaker,
    largeBallSurvived(options.classes),
  ];
  return checks.flatMap((check) => check(evidence));
}

function findingOf({ numbers, ...finding }: Suspicion, [subject] = numbers): Finding {
  const { row, column, table, source } = subject;
  return { ...finding, about: { row, column, source, ...(table === undefined ? {} : { table }) } };
}

/**
 * Runs every check on some numbers.
 *
 * @param evidence What is compared; numbers of different rows, data sets or sources are kept apart.
 * @returns What can't be as it seems, empty if nothing.
 */
export function findingsIn(evidence: readonly Evidence[], options: FindingsOptions = {}): Finding[] {
  return suspicions(evidence, options).map((suspicion) => findingOf(suspicion));
}

/**
 * The findings in what was measured, differences within the noise left out: two 95 % intervals that touch.
 *
 * @param result A table or a figure, its findings not yet in it.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { measuredFindings } from "@gcln/kit/evaluation";
 *
 * const cell = { reported: null, quoted: false, n: 1000, surrogate: "white-box" };
 * const [finding] = measuredFindings({
 *   dataset: "cifar10",
 *   rows: {
 *     Mine: {
 *       FGS: { ...cell, accuracy: 0.75, attack: { attack: "fgs" } },
 *       PGD: { ...cell, accuracy: 0.86, attack: { attack: "pgd", steps: 10 } },
 *     },
 *   },
 * });
 * assertEquals(finding?.about, { row: "Mine", column: "PGD", source: "measured" });
 * ```
 */
export function measuredFindings(
  result: Measured,
  options: FindingsOptions = {},
): Finding[] {
  return findingsIn(measuredEvidence(result), options);
}

/**
 * The findings in the paper's own numbers, across its tables. Noise is not counted, since the paper gives none.
 *
 * @param table Only those that a number of this table takes part in; they are then about that number. Without it, all,
 * about the doubtful number.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { reportedFindings } from "@gcln/kit/evaluation";
 *
 * const serious = reportedFindings("table4").filter(({ severity }) => severity === "serious");
 * assertEquals(serious.map(({ about }) => about?.row), ["Our method (Qs = 5)", "Our method (Qs = 10)"]);
 * ```
 */
export function reportedFindings(table?: TableName): Finding[] {
  return suspicions(reportedEvidence()).flatMap((suspicion) => {
    const involved = suspicion.numbers.find((number) => table === undefined || number.table === table);
    return involved === undefined ? [] : [findingOf(suspicion, [involved])];
  });
}
