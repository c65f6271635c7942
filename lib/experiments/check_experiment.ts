import { attackNamed, type AttackSpec, threatNamed } from "../attacks/mod.ts";
import { defenseOf, defenseTraits } from "../defenses/mod.ts";
import {
  checkSetting,
  checkSettings,
  object,
  type Setting,
  type Settings,
  text,
  valueText,
  word,
} from "../kinds/mod.ts";
import { type Column, isMeasured, type Row } from "./table.ts";

const kinds = word(["clean", "attack", "refusals", "worst case"]);

const attackColumn: Settings = {
  kind: kinds,
  attack: object('an attack\'s spec such as { attack: "pgd", ball, stepSize, steps }'),
  surrogate: text(),
  only: word(defenseTraits),
};

const COLUMN = ', such as { kind: "attack", attack: spec, surrogate: "white-box" }';

const columns: Readonly<Record<Column["kind"], readonly [settings: Settings, needed: readonly string[]]>> = {
  "clean": [{ kind: kinds, only: word(defenseTraits) }, []],
  "attack": [attackColumn, ["attack", "surrogate"]],
  "refusals": [{ kind: kinds, of: word(["clean"]) }, ["of"]],
  "worst case": [{ kind: kinds, of: word(["every attack"]) }, ["of"]],
};

const names: Setting = {
  wanted: "a text without slashes, since files of results are called after it,",
  accepts: (value) => typeof value === "string" && /^[^/\\]+$/.test(value),
};

/**
 * Throws if a field that every experiment has is missing: its name, its title, or the name of its data set.
 *
 * @throws {RangeError} If one of them is missing or not allowed.
 */
export function checkHead(
  { name, title, dataset }: Readonly<Record<"name" | "title" | "dataset", unknown>>,
): void {
  checkSetting("the experiment's name", names, name);
  checkSetting("the experiment's title", text(), title);
  checkSetting("the experiment's data set", text(), dataset);
}

/**
 * Checks a row of a table, before anything is trained or measured.
 *
 * @param head The head of the row.
 * @throws {TypeError} If it is no row.
 * @throws {RangeError} If its defense or a setting is not known or not allowed.
 */
export function checkRow(head: string, row: Row): void {
  if (typeof row !== "object" || row === null || typeof row.defense !== "string") {
    const what = `Cannot measure ${JSON.stringify(head)}, which is ${valueText(row)}`;
    throw new TypeError(
      `${what}: a row is wanted, such as { defense: "none" } or what a defense gives when it is called`,
    );
  }
  if (isMeasured(row)) defenseOf(row).check(row);
}

/**
 * Checks a column of a table, before anything is trained or measured.
 *
 * @param head The head of the column.
 * @throws {TypeError} If it is no column.
 * @throws {RangeError} If its attack, its threat model or a setting is not known or not allowed.
 */
export function checkColumn(head: string, column: Column): void {
  if (typeof column !== "object" || column === null) {
    throw new TypeError(
      `Cannot measure ${JSON.stringify(head)}, which is ${valueText(column)}: a column is wanted${COLUMN}`,
    );
  }
  if (column.kind === undefined && typeof (column as { attack?: unknown }).attack === "string") {
    throw new TypeError(
      `Cannot measure ${JSON.stringify(head)}, which is the spec of an attack: a column is wanted${COLUMN}`,
    );
  }
  checkSetting(`the kind of column ${JSON.stringify(head)},`, kinds, column.kind);
  const [settings, needed] = columns[column.kind];
  checkSettings(`column ${JSON.stringify(head)}`, settings, column, needed);
  if (column.kind !== "attack") return;
  threatNamed(column.surrogate);
  checkAttack(column.attack);
}

/** Throws if an attack or a setting of it is not known or not allowed. */
export function checkAttack({ attack, ...settings }: AttackSpec): void {
  attackNamed(attack).spec(settings as never);
}
