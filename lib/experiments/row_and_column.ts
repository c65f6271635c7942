import type { MeasuredRow } from "../defenses/mod.ts";
import { checkName } from "./circumstances.ts";
import { type AttackColumn, isMeasured, type Table } from "./table.ts";

/** The row with this head, if its defense is measured. */
export function defenseIn({ rows }: Table, head: string): MeasuredRow {
  checkName("row", head, Object.keys(rows));
  const row = rows[head]!;
  if (!isMeasured(row)) throw noCleaner(head);
  return row;
}

/** The error for a defense without a cleaner. */
export function noCleaner(row: string): RangeError {
  return new RangeError(
    `Cannot show the images of row ${JSON.stringify(row)}: a defense with a cleaner is wanted`,
  );
}

/** The column with this head, if it is an attack. */
export function attackIn({ columns }: Table, head: string): AttackColumn {
  checkName("column", head, Object.keys(columns));
  const column = columns[head]!;
  if (column.kind !== "attack") {
    throw new RangeError(
      `Cannot attack by column ${JSON.stringify(head)}: the column of an attack is wanted`,
    );
  }
  return column;
}
