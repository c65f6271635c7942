import { attackNamed, type AttackSpec, threatNamed } from "../attacks/mod.ts";
import { defenseOf, defenseTraits } from "../defenses/mod.ts";
import {
  checkSetting,
  checkSettings,
  object,
  type Setting,
  type Settings,
  shown,
  text,
  word,
} from "../kinds/mod.ts";
import { type Column, isMeasured, type Row } from "./table.ts";

const kinds = word(["clean", "attack", "worst case"]);

const attackColumn: Settings = {
  kind: kinds,
  attack: object('an attack\'s spec such as { attack: "pgd", ball, stepSize, steps }'),
  surrogate: text(),
  only: word(defenseTraits),
};

const COLUMN = ', such as { kind: "attack", attack: spec, surrogate: "white-box" }';

const columns: Readonly<Record<Column["kind"], readonly [settings: Settings, needed: readonly string[]]>> = {
  "clean": [{ kind: kinds }, []],
  "attack": [attackColumn, ["attack", "surrogate"]],
  "worst case": [{ kind: kinds, of: word(["every attack"]) }, ["of"]],
};

const names: Setting = {
  wanted: "a text without slashes, since files of results are called after it,",
  accepts: (value) => typeof value === "string" && /^[^/\\]+$/.test(value),
};

/**
 * Throws where what every experiment has is missing: its name, its title, and its data set's name.
 *
 * @throws {RangeError} Where one of them is missing, or is none.
 */
export function checkHead(
  { name, title, dataset }: Readonly<Record<"name" | "title" | "dataset", unknown>>,
): void {
  checkSetting("the experiment's name", names, name);
  checkSetting("the experiment's title", text(), title);
  checkSetting("the experiment's data set", text(), dataset);
}

/**
 * Throws where a row is not what a table may have, before anything is trained or measured.
 *
 * @param head What stands before it.
 * @throws {TypeError} Where it is no row.
 * @throws {RangeError} Where its defense or one of its settings is not known, or does not fit.
 */
export function checkRow(head: string, row: Row): void {
  if (typeof row !== "object" || row === null || typeof row.defense !== "string") {
    const what = `Cannot measure ${JSON.stringify(head)}, which is ${shown(row)}`;
    throw new TypeError(
      `${what}: a row is wanted, such as { defense: "none" } or what a defense gives when it is called`,
    );
  }
  if (isMeasured(row)) defenseOf(row).check(row);
}

/**
 * Throws where a column is not what a table may have, before anything is trained or measured.
 *
 * @param head What stands above it.
 * @throws {TypeError} Where it is no column.
 * @throws {RangeError} Where its attack, its threat model or one of its settings is not known, or does not fit.
 */
export function checkColumn(head: string, column: Column): void {
  if (typeof column !== "object" || column === null) {
    throw new TypeError(
      `Cannot measure ${JSON.stringify(head)}, which is ${shown(column)}: a column is wanted${COLUMN}`,
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

/** Throws where an attack or one of its settings is not known, or does not fit. */
export function checkAttack({ attack, ...settings }: AttackSpec): void {
  attackNamed(attack).spec(settings as never);
}
