import { assert, assertEquals, assertThrows } from "@std/assert";
import type { NotebookCell } from "../../scripts/notebooks/notebook_file.ts";
import { commentsIn, isRounded, numberOf, quotedIn } from "./_bindings.ts";

const table =
  "| who | right, % | **PGD** |\n| --- | ---: | ---: |\n| Ours¹ | 93.0 (86.1⁶) | - |\n| no one | 97 | 0.4 |\n| theirs | (87.0†) | - |\n";
const cells: NotebookCell[] = [
  shows("who", { data: { "text/markdown": `Shown:\n\n${table}\nDone.` } }),
  shows("two", {
    data: { "text/markdown": `**Left**\n\n${table}\n**Right, ε = 8/255**\n\n${table.replace("97", "12")}` },
  }),
  shows("say", { text: "Right: 97 of 100, and 97.5% of\nthe others" }),
  shows("twice", { text: "left 5 of 9, left 6 of 9" }),
];

function shows(id: string, output: { text?: string; data?: Record<string, string> }): NotebookCell {
  return {
    cell_type: "code",
    id,
    source: "",
    metadata: {},
    outputs: [{ output_type: "data" in output ? "display_data" : "stream", ...output }],
  };
}

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

Deno.test("quotedIn() takes no setting for a share that stands before one", () => {
  assertEquals(quotedIn("at q = 10, 93 %<!-- a -->, on CIFAR-10 and 88 %<!-- b -->, p = 7 %"), [
    { number: "93", source: "a" },
    { number: "88", source: "b" },
    { number: "7" },
  ]);
});

Deno.test("quotedIn() finds a share whose unit stands in the next line of a list", () => {
  assertEquals(quotedIn("- it left 37.1\n  %<!-- a -->, and 3 of\n  100"), [
    { number: "37.1", source: "a" },
    { number: "3" },
  ]);
});

Deno.test("quotedIn() finds points, and numbers without a unit where a comment follows", () => {
  assertEquals(quotedIn("6 points<!-- a minus b --> more, 2.2 points less, 200 images a point"), [
    { number: "6", source: "a minus b" },
    { number: "2.2" },
  ]);
  assertEquals(quotedIn("at ε = 0.05, from 0.70<!-- a --> to 0.40<!-- b -->"), [
    { number: "0.70", source: "a" },
    { number: "0.40", source: "b" },
  ]);
});

Deno.test("commentsIn() finds comments that no number stands before", () => {
  assertEquals(commentsIn("half<!-- who: Ours |\n  right, % --> of them, `<!-- code -->`"), [
    "who: Ours | right, %",
  ]);
});

Deno.test("numberOf() reads the very cell of a table, of the paper, or a place in a sentence", () => {
  assertEquals(numberOf("who: Ours | right, %", cells), "93.0");
  assertEquals(numberOf("who: no one | PGD", cells), "0.4");
  assertEquals(numberOf("paper: table1 | Our method (Qs = 10) | FGS", cells), "75.22");
  assertEquals(numberOf("say: Right: # of 100", cells), "97");
  assertEquals(numberOf("say: #% of the others", cells), "97.5");
});

Deno.test("numberOf() tells tables of one cell apart by the line above them", () => {
  assertEquals(numberOf("two: Left | no one | right, %", cells), "97");
  assertEquals(numberOf("two: Right | no one | right, %", cells), "12");
  assertThrows(() => numberOf("two: no one | right, %", cells), Error, "2 times instead of once");
  assertThrows(() => numberOf("two: Middle | no one | right, %", cells), Error, "0 times instead of once");
});

Deno.test("numberOf() takes one source from another", () => {
  assertEquals(
    Number(numberOf("two: Left | no one | right, % minus two: Right | no one | right, %", cells)),
    85,
  );
  assertEquals(Number(numberOf("say: Right: # of 100 minus who: no one | PGD", cells)), 96.6);
});

Deno.test("numberOf() says what is not there, and what is there twice", () => {
  assertThrows(() => numberOf("where: a | b", cells), Error, "No cell is called where");
  assertThrows(() => numberOf("say", cells), Error, "does not say which of its numbers");
  assertThrows(() => numberOf("who: Ours | C&W", cells), Error, "who shows Ours | C&W 0 times");
  assertThrows(() => numberOf("who: theirs | right, %", cells), Error, "who shows theirs | right, % 0 times");
  assertThrows(() => numberOf("who: Ours | PGD", cells), Error, "who shows Ours | PGD 0 times");
  assertThrows(() => numberOf("twice: left # of 9", cells), Error, "2 times");
  assertThrows(() => numberOf("say: .5% of the #", cells), Error, "0 times");
  assertThrows(() => numberOf("paper: table9 | a | b", cells), Error, "The paper has no table9");
});

Deno.test("isRounded() allows the digits that are written, and no other number", () => {
  assert(isRounded("93", "93.4") && isRounded("93.0", "93.0") && isRounded("86.1", "86.05"));
  assert(!isRounded("91", "93.0"));
  assert(!isRounded("93.4", "93.46"));
});
