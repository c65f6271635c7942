import { assert, assertEquals } from "@std/assert";
import type { Ball } from "@gcln/kit/attacks";
import { reported, type TableName } from "@gcln/kit/evaluation";
import type { Table } from "@gcln/kit/experiments";

/**
 * The paper's heads come first, in its order; its attacks are its attacks; what it measured is measured.
 *
 * @param ball The distance, where another one than the caption's is taken.
 */
export function assertPrinted(table: Table, name: TableName, ball?: Ball): void {
  const paper = reported(name), rows = Object.keys(table.rows), columns = Object.keys(table.columns);
  const printed = Object.keys(paper.rows);
  assertEquals([table.name, table.dataset], [name, paper.dataset]);
  assertEquals(rows.slice(0, printed.length), printed);
  assertEquals(columns.slice(0, paper.columns.length), paper.columns);
  assertEquals(table.columns[columns.at(-1)!], { kind: "worst case", of: "every attack" });
  for (const [head, { quoted }] of Object.entries(paper.rows)) {
    assert(quoted || table.rows[head]!.defense !== "not measured yet", head);
  }
  for (const head of rows.slice(printed.length)) {
    assert(table.rows[head]!.defense !== "not measured yet", head);
  }
  for (const head of paper.columns.filter((head) => !(head in paper.attacks))) {
    assertEquals(table.columns[head], { kind: "clean" });
  }
  for (const [head, { attack, surrogate }] of Object.entries(paper.attacks)) {
    const column = table.columns[head]!;
    assert(column.kind === "attack");
    assertEquals(column.surrogate, surrogate);
    const printed = ball ? { ...attack, ball } : attack;
    if (attack.attack !== "bpda") assertEquals({ ...column.attack, ...printed }, column.attack);
  }
  assertEquals(JSON.parse(JSON.stringify(table)), table); // so that it can be kept with its results
}
