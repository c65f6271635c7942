import { assert, assertEquals } from "@std/assert";
import { type GclnDefenseRow, type Profile, specsOf } from "@gcln/kit/defenses";
import { ablation, circumstancesOf, profiles, reproduce, type Table } from "@gcln/kit/experiments";
import { idOf } from "@gcln/kit/training";
import { useBackend } from "@gcln/kit/tensor";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();
const full = ablation.rows["GCLN"] as GclnDefenseRow;

/** What a row says that the full method's does not, or says otherwise. */
function changed(row: object): string[] {
  return Object.entries(row).filter(([name, value]) => full[name as keyof GclnDefenseRow] !== value)
    .map(([name, value]) => `${name} ${value}`);
}

Deno.test("ablation changes one part of the method a row, and says which", () => {
  const rows = Object.entries(ablation.rows).filter(([, { defense }]) => defense === "gcln");
  assertEquals(Object.fromEntries(rows.map(([head, row]) => [head, changed(row)])), {
    "GCLN": [],
    "Without quantizer": ["q none"],
    "Learned quantizer": ["step learned"],
    "Without detector": ["detector without"],
    "Pixel loss": ["features pixels"],
    "Quantizer alone": ["generator untrained"],
    "Adaptive": ["adaptive true"],
    "Adaptive, without quantizer": ["q none", "adaptive true"],
    "Cleaner trained on labels": ["q none", "features labels", "detector without", "adaptive true"],
  });
});

Deno.test("ablation has one classifier for all its cleaners, and a cleaner for each", async () => {
  for (const profile of Object.values(profiles) as Profile[]) {
    const setting = circumstancesOf(ablation, { profile, seed: 1 });
    const cleaners = new Set<string>(), classifiers = new Set<string>();
    for (const row of Object.values(ablation.rows)) {
      if (row.defense !== "gcln") continue;
      for (const spec of specsOf(row, setting)) {
        (spec.kind === "gcln" ? cleaners : classifiers).add(await idOf(spec));
      }
    }
    assertEquals([cleaners.size, classifiers.size], [9, 1]);
  }
});

Deno.test("ablation attacks all its rows in the ball of Table 1", () => {
  for (const column of Object.values(ablation.columns)) {
    if (column.kind === "attack") assertEquals(column.attack.ball, { norm: "linf", epsilon: 8 / 255 });
  }
});

Deno.test("ablation measures rows without a quantizer, a detector or a training like any other", () =>
  withFolder(async (folder) => {
    const rows = ["Quantizer alone", "Cleaner trained on labels"];
    const setting = circumstancesOf(ablation, { profile: tiny, folder });
    for (const row of rows) {
      const defense = ablation.rows[row]!;
      assert(defense.defense !== "not measured yet");
      await leaveUntrained(folder, ...specsOf(defense, setting));
    }
    const columns: Table["columns"] = {
      "Clean": ablation.columns["Clean"]!,
      "BPDA PGD": ablation.columns["BPDA PGD"]!,
      "Worst case": ablation.columns["Worst case"]!,
    };
    const result = await reproduce({ ...ablation, columns }, { profile: tiny, rows, folder });
    for (const row of rows) {
      const cells = result.rows[row]!, accuracy = (head: string) => cells[head]!.accuracy!;
      assertEquals(cells["Clean"]!.n, tiny.examples);
      assert(accuracy("Worst case") <= accuracy("BPDA PGD"));
    }
  }));
