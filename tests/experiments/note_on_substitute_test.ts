import { assertEquals } from "@std/assert";
import { circumstancesOf, table1, table3 } from "@gcln/kit/experiments";
import { noteOnSubstitute } from "../../lib/experiments/reproduce/note_on_substitute.ts";

const course = circumstancesOf(table3, { profile: "course", dataset: "cifar10" });

Deno.test("A table says which columns have a substitute that saw fewer images than the target", () => {
  assertEquals(noteOnSubstitute(table3.columns, course), [
    "FGS, PGD: the substitute saw 400,000 images in training, the target 2,000,000. A better one may leave less.",
  ]);
});

Deno.test("Where the substitute saw as many images, or nobody has one, nothing is said", () => {
  assertEquals(noteOnSubstitute(table3.columns, circumstancesOf(table3, { profile: "quick" })), []);
  assertEquals(noteOnSubstitute(table1.columns, course), []);
});
