import type { DefenseTrait } from "../../../defenses/mod.ts";
import type { Evidence } from "../../evidence.ts";
import { clearlyLess } from "../comparable.ts";
import type { ComparedPair } from "../compared_pairs.ts";
import { columnName, inPercent, joinedWords, radius } from "../words.ts";

/** What numbers say of an item of the checklist. */
export type ChecklistStatus = "holds" | "fails" | "not shown";

/** An item of the checklist, and what the numbers say of it. */
export interface ChecklistItem {
  /** What a sound evaluation shows. */
  readonly item: string;
  /** "not shown": no numbers say so, or they differ by less than the noise. */
  readonly status: ChecklistStatus;
  /** The numbers, or which are missing. */
  readonly evidence: string;
}

/** What the numbers say of an item. */
export type ItemVerdict = Omit<ChecklistItem, "item">;

/** What an item looks at: the numbers of a row, those of the undefended classifier, and what is known. */
export interface Case {
  readonly row: readonly Evidence[];
  readonly undefended: readonly Evidence[];
  readonly isUndefended: boolean;
  readonly traits: readonly DefenseTrait[] | undefined;
  readonly classes: number | undefined;
}

/** The item holds. */
export function holds(evidence: string): ItemVerdict {
  return { status: "holds", evidence };
}

/** The item fails. */
export function fails(evidence: string): ItemVerdict {
  return { status: "fails", evidence };
}

/** No numbers say so. */
export function notShown(evidence: string): ItemVerdict {
  return { status: "not shown", evidence };
}

/** `PGD leaves 86.1% and FGS 75.2%.`; each number once. */
export function left(numbers: readonly Evidence[], label: (number: Evidence) => string = () => ""): string {
  const each = [...new Set(numbers)].map((number, i) =>
    `${columnName(number, numbers)}${label(number)} ${i === 0 ? "leaves " : ""}${inPercent(number.accuracy)}`
  );
  return `${joinedWords(each)}.`;
}

/** ` (10 steps)`. */
export function steps({ attack }: Evidence): string {
  return ` (${attack!.steps} steps)`;
}

/** ` (ε = 8/255)`. */
export function epsilon(number: Evidence): string {
  return ` (ε = ${radius(number)})`;
}

/** Whether a number is one under attack. */
export function isAttack({ attack }: Evidence): boolean {
  return attack !== undefined;
}

/** The second of each pair should leave no more than the first. */
export function never(
  pairs: readonly ComparedPair[],
  missing: string,
  label?: (number: Evidence) => string,
): ItemVerdict {
  if (pairs.length === 0) return notShown(missing);
  const against = pairs.filter(([weaker, stronger]) => clearlyLess(weaker, stronger));
  return against.length > 0 ? fails(left(against.flat(), label)) : holds(left(pairs.flat(), label));
}
