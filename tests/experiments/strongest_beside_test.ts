import { assertEquals, assertThrows } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import type { Cell } from "@gcln/kit/evaluation";
import { besideStrongest, reproduce, strongestBeside, table1, table3 } from "@gcln/kit/experiments";
import { classifierSpec } from "@gcln/kit/defenses";
import { useBackend } from "@gcln/kit/tensor";
import { comparedInWords, isWithin } from "../../scripts/compare_strongest/words.ts";
import { fewCells } from "./_small.ts";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();

Deno.test("strongestBeside() has the table's attacks in the ball of strongest, AutoAttack, and strongest last", () => {
  const { columns, rows } = strongestBeside(table1), heads = Object.keys(columns);
  assertEquals([heads[0], heads.at(-1)], ["Clean", "Strongest"]);
  assertEquals(columns["Strongest"], table1.columns["Strongest"]);
  assertEquals(heads.includes("Worst case") || heads.includes("Refused, clean"), false);
  const autoAttack = { attack: "autoAttack", ball: linf(8 / 255) };
  for (const head of ["AutoAttack", "AutoAttack, BPDA"]) {
    assertEquals((columns[head] as { attack: object }).attack, autoAttack);
  }
  assertEquals(Object.values(rows).some(({ defense }) => defense === "not measured yet"), false);
});

Deno.test("strongestBeside() of a table without strongest adds it in the ball of the table's attacks", () => {
  const { "Strongest": _, ...columns } = table3.columns;
  const added = strongestBeside({ ...table3, columns }).columns["Strongest"];
  assertEquals(added, {
    kind: "attack",
    surrogate: "adaptive",
    attack: { attack: "strongest", ball: linf(8 / 256), budget: 300 },
  });
  assertThrows(() => strongestBeside({ ...table3, columns: {} }), RangeError, "an attack in a ball");
});

Deno.test("strongestBeside() leaves out attacks in another ball", () => {
  const wide = {
    kind: "attack",
    surrogate: "white-box",
    attack: { attack: "fgs", ball: linf(0.5) },
  } as const;
  const { columns } = strongestBeside({ ...table1, columns: { ...table1.columns, "Wide": wide } });
  assertEquals(["PGD" in columns, "Wide" in columns], [true, false]);
});

const cell = (accuracy: number | null, attack?: string): Cell => ({
  accuracy,
  reported: null,
  quoted: false,
  ...(attack ? { attack: { attack } } : {}),
});

Deno.test("besideStrongest() compares with the column that leaves least, clean images and empty cells apart", () => {
  const rows = {
    "Weaker": {
      "Clean": cell(0.1),
      "PGD": cell(0.5, "pgd"),
      "AutoAttack": cell(0.25, "autoAttack"),
      "Empty": cell(null, "pgd"),
      "Strongest": cell(0.375, "strongest"),
    },
    "Not measured": { "PGD": cell(null), "Strongest": cell(null) },
  };
  assertEquals(besideStrongest({ rows }), [
    { row: "Weaker", strongest: 0.375, best: "AutoAttack", left: 0.25, behind: 0.125 },
  ]);
});

Deno.test("One point more than the best other attack is allowed, in nine of ten rows", () => {
  const row = (behind: number) => ({ row: "Mine", strongest: 0.3 + behind, best: "PGD", left: 0.3, behind });
  assertEquals([isWithin(row(0.31 - 0.3)), isWithin(row(0.0101)), isWithin(row(-0.2))], [true, false, true]);
  const nine = Array.from({ length: 9 }, () => row(0));
  assertEquals(
    comparedInWords([...nine, row(0.05)]),
    "strongest is no weaker than the best other attack by more than one point in 9 of 10 rows: as it should be. " +
      "Weaker: Mine by 5.0 points (PGD).",
  );
  assertEquals(
    comparedInWords([...nine.slice(1), row(0.05), row(0.05)]).includes(
      "8 of 10 rows: fewer than nine of ten",
    ),
    true,
  );
});

Deno.test("strongestBeside() takes the cells that the table has", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, classifierSpec(tiny, "street-digits", 1));
    const options = { profile: tiny, folder, rows: ["None"], examples: 4 }, columns = ["PGD", "Clean"];
    const keys: string[] = [];
    const cells = {
      get(key: unknown) {
        keys.push(JSON.stringify(key));
        // deno-lint-ignore no-explicit-any
        return Promise.resolve({ correct: [true, true, false, false], seconds: 1 } as any);
      },
    };
    await reproduce(fewCells, { ...options, columns, cells });
    await reproduce(strongestBeside(fewCells), { ...options, columns, cells });
    assertEquals(keys.slice(2), keys.slice(0, 2));
  }));
