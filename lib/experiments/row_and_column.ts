import type { MeasuredRow } from "../defenses/mod.ts";
import { checkName } from "./circumstances.ts";
import { type AttackColumn, isMeasured, type Table } from "./table.ts";

/** The row of that head, if its defense is measured. */
export function defenseIn({ rows }: Table, head: string): MeasuredRow {
  checkName("row", head, Object.keys(rows));
  const row = rows[head]!;
  if (!isMeasured(row)) throw noCleaner(head);
  return row;
}

/** The error where a defense has no cleaner. */
export function noCleaner(row: string): RangeError {
  return new RangeError(`Row ${JSON.stringify(row)} has no cleaner whose work could be shown`);
}

/** The column of that head, if it is an attack. */
export function attackIn({ columns }: Table, head: string): AttackColumn {
  checkName("column", head, Object.keys(columns));
  const column = columns[head]!;
  if (column.kind !== "attack") throw new RangeError(`Column ${JSON.stringify(head)} is no attack`);
  return column;
}
