import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { CellCache } from "@gcln/kit/evaluation";
import { specsOf } from "@gcln/kit/defenses";
import { circumstancesOf, reproduce, table3 } from "@gcln/kit/experiments";
import { useBackend } from "@gcln/kit/tensor";
import { idOf } from "@gcln/kit/training";
import { assertPrinted } from "./_printed.ts";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();
const NONE = "No Defense", OURS = "Our method (Qs = 10)";

Deno.test("table3 has the paper's rows and columns at the printed ε, and ours after them", () =>
  assertPrinted(table3, "table3"));

Deno.test("table3 attacks one and the same ResNet-34 for all rows", () =>
  withFolder(async (folder) => {
    const setting = circumstancesOf(table3, { profile: tiny, folder }),
      rows = [NONE, OURS],
      substitutes: string[] = [];
    for (const row of rows) {
      const defense = table3.rows[row]!;
      assert(defense.defense !== "not measured yet");
      const specs = specsOf(defense, setting, { threats: ["black-box"] });
      substitutes.push(await idOf(specs.at(-1)!));
      await leaveUntrained(folder, ...specs);
    }
    assertEquals(substitutes[0], substitutes[1]);
    assert(substitutes[0]!.startsWith("street-digits-resnet34-"));

    const keys: { networks: string[]; surrogate?: string }[] = [];
    const cells: CellCache = { get: (key, make) => (keys.push(key as typeof keys[0]), make()) };
    const columns = Object.keys(table3.columns).filter((head) => !["Strongest", "Worst case"].includes(head));
    const { rows: found } = await reproduce(table3, { profile: tiny, folder, rows, columns, cells });
    for (const cells of Object.values(found)) {
      assertEquals([cells["FGS"]!.surrogate, cells["PGD"]!.surrogate], ["black-box", "black-box"]);
      assertEquals([cells["No Attack"]!.reported], [cells === found[NONE] ? 0.9438 : 0.9165]);
    }
    assertEquals(found[NONE]!["Oblivious PGD"]!.accuracy, null); // there is nothing to be oblivious of
    assertEquals(found[OURS]!["White-box PGD"]!.zeroGradient, 1);
    assertEquals(found[OURS]!["PGD"]!.zeroGradient, 0);
    // What a cell depends on names the substitute where it is attacked, and only there.
    for (const { networks, surrogate } of keys) {
      assertEquals(networks.includes(substitutes[0]!), surrogate === "black-box", surrogate);
    }
  }));

Deno.test("Tables without black-box columns need no substitute", () =>
  withFolder(async (folder) => {
    const setting = circumstancesOf(table3, { profile: tiny, folder });
    const specs = specsOf({ defense: "none" }, setting);
    assertEquals(specs.length, 1);
    await leaveUntrained(folder, ...specs);
    const columns = ["No Attack", "White-box PGD"];
    const { rows } = await reproduce(table3, { profile: tiny, folder, rows: [NONE], columns });
    assertNotEquals(rows[NONE]!["White-box PGD"]!.accuracy, null);
  }));
