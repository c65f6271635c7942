import { assert, assertEquals, assertThrows } from "@std/assert";
import type { NotebookCell } from "../../scripts/notebooks/notebook_file.ts";
import { isRounded, numbersOf, quotedIn } from "./_bindings.ts";

const table =
  "| who | right, % | **PGD** |\n| --- | ---: | ---: |\n| Ours¹ | 93.0 (86.1⁶) | - |\n| no one | 97 | 0.4 |\n";
const cells: NotebookCell[] = [
  {
    cell_type: "code",
    id: "who",
    source: "",
    metadata: {},
    outputs: [{ output_type: "display_data", data: { "text/markdown": `Shown:\n\n${table}\nDone.` } }],
  },
  {
    cell_type: "code",
    id: "say",
    source: "",
    metadata: {},
    outputs: [{ output_type: "stream", text: "Right: 97 of 100" }],
  },
];

Deno.test("quotedIn() finds shares, alone and in lists, with what they are bound to", () => {
  assertEquals(quotedIn("so 93 %<!-- who: Ours | right, % --> are right, 97 of 100 images<!-- say -->"), [
    { number: "93", source: "who: Ours | right, %" },
    { number: "97", source: "say" },
  ]);
  assertEquals(quotedIn("from 51 to 53.5 %<!-- a --><!-- b -->"), [
    { number: "51", source: "a" },
    { number: "53.5", source: "b" },
  ]);
  assertEquals(quotedIn("it left 12 % of them, `50 %` is code"), [{ number: "12" }]);
});

Deno.test("numbersOf() reads the very cell of a table, a sentence, or the paper", () => {
  assertEquals(numbersOf("who: Ours | right, %", cells), ["93.0"]);
  assertEquals(numbersOf("who: no one | PGD", cells), ["0.4"]);
  assertEquals(numbersOf("say", cells), ["97", "100"]);
  assertEquals(numbersOf("paper: table1 | Our method (Qs = 10) | FGS", cells), ["75.22"]);
});

Deno.test("numbersOf() says what is not there", () => {
  assertThrows(() => numbersOf("where", cells), Error, "No cell is called where");
  assertThrows(() => numbersOf("who: Ours | C&W", cells), Error, "no table with the row Ours");
  assertThrows(() => numbersOf("paper: table9 | a | b", cells), Error, "The paper has no table9");
});

Deno.test("isRounded() allows the digits that are written, and no other number", () => {
  assert(isRounded("93", "93.4") && isRounded("93.0", "93.0") && isRounded("86.1", "86.05"));
  assert(!isRounded("91", "93.0"));
  assert(!isRounded("93.4", "93.46"));
});
