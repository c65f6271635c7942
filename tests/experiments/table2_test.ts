import { assert, assertEquals } from "@std/assert";
import { reported } from "@gcln/kit/evaluation";
import { specsOf } from "@gcln/kit/defenses";
import { circumstancesOf, reproduce, type Table, table2 } from "@gcln/kit/experiments";
import { useBackend } from "@gcln/kit/tensor";
import { assertPrinted } from "./_printed.ts";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();
const MADRY = "PGD Adversarial Training", OURS = "Our method (Qs = 10)";

Deno.test("table2 has the paper's rows and column, and ours after them", () =>
  assertPrinted(table2, "table2"));

Deno.test("table2 attacks at the printed distance, which all rows but the cascade's share", () => {
  for (const column of Object.values(table2.columns)) {
    if (column.kind === "attack") assertEquals(column.attack.ball, { norm: "linf", epsilon: 0.031 });
  }
  for (const [head, { ball }] of Object.entries(reported("table2").rows)) {
    const epsilon = head === "Cascade Adversarial Training" ? 0.015 : 0.031;
    assertEquals(ball, { norm: "linf", epsilon }, head);
  }
});

Deno.test("table2 puts the same attack behind each backward rule", () => {
  const rules = Object.values(table2.columns).flatMap((column) =>
    column.kind === "attack" && column.attack.attack === "pgd" ? [column] : []
  );
  assertEquals(rules.map(({ surrogate }) => surrogate), [
    "straight-through",
    "identity",
    "clip too",
    "learned",
    "detector too",
  ]);
  for (const { attack } of rules) assertEquals(attack, rules[0]!.attack);
});

/** The same columns, with attacks that take no time. */
function shortened(columns: Table["columns"]): Table["columns"] {
  return Object.fromEntries(
    Object.entries(columns).map(([head, column]) => {
      if (column.kind !== "attack") return [head, column];
      const few = column.attack.attack === "strongest" ? { budget: 20 } : { steps: 3 };
      return [head, { ...column, attack: { ...column.attack, ...few } as typeof column.attack }];
    }),
  );
}

Deno.test("table2 takes the gradients that a row has, and the worst case of all", () =>
  withFolder(async (folder) => {
    const setting = circumstancesOf(table2, { profile: tiny, folder }), rows = [MADRY, OURS];
    for (const row of rows) {
      const defense = table2.rows[row]!;
      assert(defense.defense !== "not measured yet");
      await leaveUntrained(folder, ...specsOf(defense, setting));
    }
    const labels: string[] = [];
    const progress = (label: string) => (labels.push(label), { update() {}, done() {} });
    const table: Table = { ...table2, columns: shortened(table2.columns) },
      options = { profile: tiny, folder, rows, progress };
    const { rows: { [MADRY]: madry, [OURS]: ours }, findings } = await reproduce(table, options);
    const measured = (cells: typeof madry) =>
      Object.entries(cells!).filter(([, { accuracy }]) => accuracy !== null).map(([head]) => head);
    const ofDetectors = ["Refused, clean", "Detector too"];
    assertEquals(measured(ours), Object.keys(table2.columns).filter((head) => !ofDetectors.includes(head)));
    assertEquals(measured(madry), ["Accuracy", "Clean", "BPDA APGD", "Strongest", "Worst case"]);
    for (const cells of [madry!, ours!]) {
      const worst = cells["Worst case"]!.accuracy!;
      for (const { accuracy } of Object.values(cells)) assert(accuracy === null || worst <= accuracy);
      for (const { attack, zeroGradient } of Object.values(cells)) {
        if (attack?.attack === "pgd") assertEquals(zeroGradient, 0);
      }
    }
    assertEquals([madry!["Accuracy"]!.reported, madry!["Accuracy"]!.quoted], [0.47, true]);
    assertEquals([ours!["Accuracy"]!.reported, ours!["Accuracy"]!.surrogate], [0.53, "straight-through"]);
    assertEquals(labels.filter((label) => label.startsWith("imitating")).length, 1);
    assert(findings.some(({ about }) => about?.source === "reported" && about.row === OURS));
    // The substitute is fitted for the cell that needs it only.
    labels.length = 0;
    assertEquals((await reproduce(table, options)).rows[OURS], ours);
    assertEquals(labels, []);
  }));
