import { assert, assertEquals } from "@std/assert";
import { reported } from "@gcln/kit/evaluation";
import { table1 } from "@gcln/kit/experiments";

const paper = reported("table1");

Deno.test("table1's rows and columns are the paper's, in its order, and ours after them", () => {
  const rows = Object.keys(table1.rows), columns = Object.keys(table1.columns);
  const printed = Object.keys(paper.rows);
  assertEquals(rows.slice(0, printed.length), printed);
  assertEquals(columns.slice(0, paper.columns.length), paper.columns);
  assertEquals(table1.dataset, paper.dataset);
  assertEquals(columns.at(-1), "Worst case");
});

Deno.test("table1 attacks as the paper says, at the text's ε", () => {
  for (const [head, { attack, surrogate }] of Object.entries(paper.attacks)) {
    const column = table1.columns[head]!;
    assert(column.kind === "attack");
    assertEquals(column.attack.attack, attack.attack);
    assertEquals(column.surrogate, surrogate);
    assertEquals(column.attack.ball, { ...column.attack.ball, norm: "linf", epsilon: 8 / 255 });
    if (attack.steps !== undefined && "stepSize" in column.attack) {
      assertEquals([column.attack.steps, column.attack.stepSize], [attack.steps, attack.stepSize]);
    }
  }
});

Deno.test("table1 measures the paper's own rows and quotes the others", () => {
  for (const [head, { quoted }] of Object.entries(paper.rows)) {
    assertEquals(table1.rows[head]!.defense === "not measured yet", quoted, head);
  }
});

Deno.test("table1 survives JSON, so that it can be kept with its results", () => {
  assertEquals(JSON.parse(JSON.stringify(table1)), table1);
});
