import type { DefenseTrait } from "../../defenses/mod.ts";
import { checkSettings, count, object, text } from "../../kinds/mod.ts";
import { type Evidence, measuredEvidence } from "../evidence.ts";
import type { FigureResult, Result } from "../result.ts";
import { ITEMS } from "./checklist/items.ts";
import { type Case, type ChecklistItem, type ChecklistStatus, isAttack } from "./checklist/verdict.ts";
import { byRow } from "./comparable.ts";

export type { ChecklistItem, ChecklistStatus };

/** The checklist of one defense. */
export interface Checklist {
  /** The head of its row, or the name of its curve. */
  readonly row: string;
  /** The data set. */
  readonly dataset: string;
  /** Whose numbers they are. */
  readonly source: "measured" | "reported";
  /** The items, always in the same order. */
  readonly items: readonly ChecklistItem[];
}

/** Options of {@linkcode checklist}: what it has to know beside the numbers. */
export interface ChecklistOptions {
  /** How many classes there are. Default: as many as the result says, or the data set has that the kit knows by its name. */
  readonly classes?: number;
  /**
   * What each row's defense is made of, an empty list for none of it. Of a row that is left out nothing is known but
   * what its numbers show: where the gradient is exactly zero something is not differentiable.
   */
  readonly traits?: Readonly<Record<string, readonly DefenseTrait[]>>;
  /** The row of the classifier without any defense. Default `"No Defense"`. */
  readonly undefended?: string;
}

const SETTINGS = {
  classes: count({ least: 2 }),
  traits: object("a record of traits by row"),
  undefended: text({ default: "No Defense" }),
};

/**
 * The evaluation checklist of Carlini et al. (2019, §4 and §5 of "On evaluating adversarial robustness"), as far as
 * numbers can answer it: which items hold, which fail, and which nothing has been measured for.
 *
 * Differences within the noise count for neither side: two 95 % intervals that touch.
 *
 * @param of A table or a figure; or numbers, {@linkcode reportedEvidence} for one.
 * @param options What the defenses are made of.
 * @returns A list for each row in which there is an attack.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { checklist } from "@gcln/kit/evaluation";
 *
 * const cell = { reported: null, quoted: false, n: 1000, surrogate: "white-box" };
 * const [mine] = checklist({
 *   dataset: "cifar10",
 *   rows: {
 *     Mine: {
 *       FGS: { ...cell, accuracy: 0.75, attack: { attack: "fgs" } },
 *       PGD: { ...cell, accuracy: 0.86, attack: { attack: "pgd", steps: 10 } },
 *     },
 *   },
 * });
 * assertEquals(mine?.items[0], {
 *   item: "Iterated attacks are at least as strong as a single step",
 *   status: "fails",
 *   evidence: "FGS leaves 75.0% and PGD 86.0%.",
 * });
 * ```
 */
export function checklist(
  of:
    | Pick<Result, "dataset" | "rows" | "classes">
    | Pick<FigureResult, "dataset" | "series" | "classes">
    | readonly Evidence[],
  options: ChecklistOptions = {},
): Checklist[] {
  checkSettings("checklist", SETTINGS, options);
  const { classes, traits = {}, undefended = "No Defense" } = options;
  const evidence = "dataset" in of ? measuredEvidence(of) : of;
  return byRow(evidence).filter((row) => row.some(isAttack)).map((row) => {
    const [{ row: name, dataset, source }] = row as [Evidence];
    const the: Case = {
      row,
      undefended: evidence.filter((other) =>
        other.row === undefended && other.dataset === dataset && other.source === source
      ),
      isUndefended: name === undefended,
      traits: Object.hasOwn(traits, name) ? traits[name] : undefined,
      classes: classes ?? row[0]!.classes,
    };
    const items = Object.entries(ITEMS).map(([item, verdict]) => ({ item, ...verdict(the) }));
    return { row: name, dataset, source, items };
  });
}
