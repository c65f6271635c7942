import {
  all,
  anything,
  countForm,
  fieldsOf,
  flagForm,
  type Form,
  form,
  listOf,
  numberForm,
  optional,
  orNull,
  recordOf,
  shareForm,
  textForm,
  wordForm,
} from "./form.ts";
import type { LikenessResult } from "./likeness.ts";
import type { FigureResult, PanelsResult, Result } from "./result.ts";

const attack = fieldsOf({
  attack: textForm,
  ball: optional(fieldsOf({ norm: textForm, epsilon: numberForm })),
  stepSize: optional(anything),
  steps: optional(countForm),
});

const interval = listOf(shareForm, 2);

const cellFields = {
  accuracy: orNull(shareForm),
  refused: optional(shareForm),
  n: optional(countForm),
  interval: optional(interval),
  reported: orNull(shareForm),
  quoted: flagForm,
  attack: optional(attack),
  surrogate: optional(textForm),
  seeds: optional(listOf(numberForm)),
  perSeed: optional(listOf(shareForm)),
  seconds: optional(numberForm),
  gradientCalls: optional(numberForm),
  zeroGradient: optional(shareForm),
  gradients: optional(recordOf(numberForm)),
  faults: optional(fieldsOf({ undecided: countForm, notFinite: countForm, outside: countForm })),
  note: optional(textForm),
};

const points = recordOf(listOf(fieldsOf({ ...cellFields, x: numberForm })));

const finding = fieldsOf({
  severity: wordForm("note", "warning", "serious"),
  message: textForm,
  remedy: textForm,
  about: optional(fieldsOf({
    row: optional(textForm),
    column: optional(textForm),
    table: optional(textForm),
    source: wordForm("measured", "reported"),
  })),
});

const published = fieldsOf({
  by: textForm,
  attack: textForm,
  on: textForm,
  ball: optional(fieldsOf({ norm: textForm, epsilon: numberForm })),
  left: shareForm,
  source: textForm,
  differs: optional(textForm),
});

const head = fieldsOf({
  experiment: textForm,
  profile: textForm,
  dataset: textForm,
  classes: optional(countForm),
  part: optional(textForm),
  caption: textForm,
  findings: listOf(finding),
  breaks: optional(recordOf(listOf(published))),
  provenance: fieldsOf({
    backend: textForm,
    versions: optional(recordOf(textForm)),
    data: optional(textForm),
    code: optional(textForm),
    kit: optional(textForm),
    commit: optional(textForm),
    date: form(
      "a date such as 2025-11-22",
      (value) => typeof value === "string" && !Number.isNaN(Date.parse(value)),
    ),
  }),
  notes: optional(listOf(textForm)),
});

const mean = fieldsOf({ mean: numberForm, interval: listOf(numberForm, 2) });

const likeness = fieldsOf({
  accuracy: optional(shareForm),
  interval: optional(interval),
  distances: recordOf(mean),
  overlaps: recordOf(mean),
});

/** The four kinds of results, by the field that only they have. */
const kinds: Readonly<Record<"rows" | "series" | "panels" | "attacks", Form>> = {
  rows: fieldsOf({ columns: listOf(textForm), rows: recordOf(recordOf(fieldsOf(cellFields))) }),
  series: fieldsOf({ x: textForm, series: points }),
  panels: fieldsOf({
    panels: recordOf(fieldsOf({
      caption: textForm,
      x: textForm,
      series: points,
      scale: optional(wordForm("linear", "log")),
      chance: optional(shareForm),
    })),
  }),
  attacks: fieldsOf({
    row: textForm,
    n: countForm,
    layers: fieldsOf({ maps: textForm, heat: textForm }),
    original: optional(fieldsOf({ accuracy: optional(shareForm), interval: optional(interval) })),
    untouched: likeness,
    unrelated: likeness,
    attacks: recordOf(fieldsOf({ attack, surrogate: textForm, attacked: likeness, cleaned: likeness })),
  }),
};

const KINDS = Object.keys(kinds) as (keyof typeof kinds)[];

/** Anything that a file of `results/` may hold. */
export type AnyResult = Result | FigureResult | PanelsResult | LikenessResult;

/** Whether a value is meant as a result: it has a field that only results have, and says where it comes from. */
export function looksLikeResult(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  const has = (key: string) => Object.hasOwn(value, key);
  return ["experiment", "provenance", "findings"].filter(has).length + Number(KINDS.some(has)) >= 2;
}

/**
 * Reads a result that was kept as JSON, and checks its form: that accuracies are shares from 0 to 1, counts whole numbers
 * and names text. What reads results trusts them after that.
 *
 * @param json The text of the file.
 * @param from What the text is, for the error: the file's path.
 * @throws {RangeError} Where the text is not JSON or not of a result's form; it names the file, the place and what is wanted.
 *
 * @example Usage
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { readResult, recorded } from "@gcln/kit/evaluation";
 *
 * const table = await recorded("table1");
 * assertEquals(readResult(JSON.stringify(table), "table1.json"), table);
 *
 * const wrong = structuredClone(table) as { rows: Record<string, Record<string, { accuracy: number }>> };
 * wrong.rows["No Defense"]!["PGD"]!.accuracy = 7;
 * assertThrows(
 *   () => readResult(JSON.stringify(wrong), "mine.json"),
 *   RangeError,
 *   'Cannot use mine.json: rows["No Defense"]["PGD"].accuracy is 7, a share from 0 to 1 is wanted',
 * );
 * ```
 */
export function readResult(json: string, from: string): AnyResult {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new RangeError(`Cannot use ${from}: it is not JSON (empty, cut off or damaged)`, { cause });
  }
  const found = KINDS.filter((kind) =>
    value !== null && typeof value === "object" && Object.hasOwn(value, kind)
  );
  const [kind] = found;
  const problem = kind === undefined
    ? `it is no result: it has none of ${KINDS.join(", ")}`
    : found.length > 1
    ? `it has ${found.join(" and ")}, a result has one of them`
    : all(head, kinds[kind])(value, "");
  if (problem !== undefined) throw new RangeError(`Cannot use ${from}: ${problem}`);
  return value as AnyResult;
}
