import { classifierSpec, hasOnlySubstitute, substituteSpec } from "../../defenses/mod.ts";
import type { ExperimentCircumstances } from "../circumstances.ts";
import type { Column } from "../table.ts";

/** What is said of columns whose attacker has a substitute that saw fewer images than the target: too much may be left. */
export function noteOnSubstitute(
  columns: Readonly<Record<string, Column>>,
  { profile, dataset, seed }: ExperimentCircumstances,
): readonly string[] {
  const heads = Object.entries(columns).flatMap(([head, column]) =>
    column.kind === "attack" && hasOnlySubstitute(column.surrogate) ? [head] : []
  );
  if (heads.length === 0) return [];
  const [target, substitute] = [classifierSpec, substituteSpec].map((spec) =>
    spec(profile, dataset, seed).training.images
  ) as [number, number];
  if (substitute >= target) return [];
  const saw = `${substitute.toLocaleString("en")} images in training, the target ${
    target.toLocaleString("en")
  }`;
  return [
    `${heads.join(", ")}: the substitute saw ${saw}. A better one may leave less.`,
  ];
}
