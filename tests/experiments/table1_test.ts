import { assertEquals } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { reported } from "@gcln/kit/evaluation";
import { table1 } from "@gcln/kit/experiments";
import { assertPrinted } from "./_printed.ts";

const ball = linf(8 / 255);

Deno.test("table1 has the paper's rows, columns and attacks at the text's ε, and ours after them", () =>
  assertPrinted(table1, "table1", ball));

Deno.test("table1 attacks at one distance, the text's and not the caption's", () => {
  for (const column of Object.values(table1.columns)) {
    if (column.kind === "attack") assertEquals(column.attack.ball, ball);
  }
  assertEquals(reported("table1").attacks["PGD"]!.attack.ball, linf(8 / 256));
});

Deno.test("table1 measures adversarial training, whose numbers the paper quotes", () => {
  assertEquals(reported("table1").rows["Adversarial-PGD"]!.quoted, true);
  assertEquals(table1.rows["Adversarial-PGD"], { defense: "adversarial training" });
});
