import { assert, assertEquals, assertThrows } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { type Defense, knownDefenses } from "@gcln/kit/defenses";
import { defensesTable, tableIn, withoutWidths, withTable } from "../../scripts/defenses/defenses_table.ts";

const document = Deno.readTextFileSync(new URL("../../docs/defenses.md", import.meta.url));

Deno.test("docs/defenses.md lists every defense with its facts; deno task defenses --write brings it up to date", () => {
  assertEquals(
    withoutWidths(tableIn(document)).split("\n"),
    withoutWidths(defensesTable(knownDefenses())).split("\n"),
  );
});

Deno.test("Every defense of the kit says where it acts", () => {
  const silent = knownDefenses().filter(({ acts }) => acts.length === 0).map(({ name }) => name);
  assertEquals(silent, ["none"]);
});

Deno.test("What is randomised or refuses images says so in where it acts too", () => {
  for (const { name, acts, traits } of knownDefenses()) {
    assertEquals(acts.includes("by refusing"), traits.includes("detects"), name);
  }
});

Deno.test("The list says all of a published break", () => {
  const mine = {
    title: "Mine | yours",
    name: "mine",
    source: "Somebody 2020",
    acts: ["on images", "in training"],
    traits: [],
    breaks: [
      {
        by: "Other 2021",
        attack: "BPDA",
        on: "cifar10",
        ball: linf(8 / 255),
        left: 0.123,
        source: "Table 1",
        differs: "it is larger",
        where: { bits: 3 },
      },
      { by: "Third 2022", attack: "C&W", on: "mnist", left: 0, source: "Table 2" },
    ],
  } as unknown as Defense;
  assertEquals(
    defensesTable([mine]).split("\n")[2],
    "| Mine \\| yours | `mine` | Somebody 2020 | on images, in training | - | 12.3 (Other 2021: BPDA, cifar10, L∞ 8/255, " +
      "bits 3; there it is larger); 0.0 (Third 2022: C&W, mnist) |",
  );
});

Deno.test("withTable() changes the table of a document and nothing else", () => {
  const table = defensesTable([]), changed = withTable(document, table);
  assertEquals(tableIn(changed), table);
  assertEquals(withTable(changed, tableIn(document)), document);
  assert(withTable(document.replace(tableIn(document), ""), table).includes(table));
  assertThrows(() => tableIn("nothing"), RangeError, "no table");
});
