import { assertEquals } from "@std/assert";
import { circumstancesOf, table4 } from "@gcln/kit/experiments";
import { assertPrinted } from "./_printed.ts";

Deno.test("table4 has the paper's rows and columns, and ours after them", () =>
  assertPrinted(table4, "table4"));

Deno.test("table4 is of SVHN, and of street digits in profile quick", () => {
  assertEquals(circumstancesOf(table4, { profile: "course" }).dataset, "svhn");
  assertEquals(circumstancesOf(table4).dataset, "street-digits");
});

Deno.test("table4 attacks with the text's decimals, whoever knows what", () => {
  const columns = Object.values(table4.columns).flatMap((column) => column.kind === "attack" ? [column] : []);
  for (const { attack } of columns) assertEquals(attack.ball, { norm: "linf", epsilon: 0.05 });
  const pgd = columns.filter(({ attack }) => attack.attack === "pgd");
  for (const { attack } of pgd) assertEquals("stepSize" in attack && attack.stepSize, 0.01);
  assertEquals([...new Set(pgd.map(({ surrogate }) => surrogate))], [
    "white-box",
    "black-box",
    "oblivious",
    "straight-through",
    "identity",
    "clip too",
  ]);
});
