import { assertEquals, assertThrows } from "@std/assert";
import { looksLikeResult, readResult, recorded } from "@gcln/kit/evaluation";

const table = await recorded("table1");
const ROW = "No Defense", COLUMN = "PGD";

/** The message about a table that something was done to. */
function messageAbout(
  change: (result: Record<string, unknown>, cell: Record<string, unknown>) => void,
): string {
  // deno-lint-ignore no-explicit-any -- the form is what is broken here
  const broken: any = structuredClone(table);
  change(broken, broken.rows[ROW][COLUMN]);
  const { message } = assertThrows(() => readResult(JSON.stringify(broken), "mine.json"), RangeError);
  return message.replace("Cannot use mine.json: ", "");
}

Deno.test("readResult() gives every result that comes with the kit as it is", async () => {
  for (const name of ["table1", "table2", "table3", "table4"] as const) {
    const found = await recorded(name);
    assertEquals(readResult(JSON.stringify(found), name), found);
  }
  for (const name of ["figure3", "figure4"] as const) {
    const found = await recorded(name);
    assertEquals(readResult(JSON.stringify(found), name), found);
  }
  const found = await recorded("figure2");
  assertEquals(readResult(JSON.stringify(found), "figure2"), found);
});

Deno.test("readResult() names the file, the place and what is wanted there", () => {
  const at = `rows["${ROW}"]["${COLUMN}"]`;
  assertEquals(
    messageAbout((_, cell) => cell.accuracy = 7),
    `${at}.accuracy is 7, a share from 0 to 1 is wanted`,
  );
  assertEquals(
    messageAbout((_, cell) => cell.accuracy = `"><script>`),
    `${at}.accuracy is "\\"><script>", a share from 0 to 1 is wanted`,
  );
  assertEquals(
    messageAbout((_, cell) => delete cell.accuracy),
    `${at}.accuracy is missing, a share from 0 to 1 is wanted`,
  );
  assertEquals(
    messageAbout((_, cell) => cell.interval = [0, 0.5, 1]),
    `${at}.interval is [0,0.5,1], a list of 2 is wanted`,
  );
  assertEquals(messageAbout((_, cell) => cell.n = 0.5), `${at}.n is 0.5, a whole number from 0 on is wanted`);
  assertEquals(
    messageAbout((result) => Object.assign(result.provenance as object, { date: 0.5 })),
    "provenance.date is 0.5, a date such as 2025-11-22 is wanted",
  );
  assertEquals(messageAbout((result) => result.part = 5), "part is 5, text is wanted");
  assertEquals(messageAbout((result) => result.findings = null), "findings is null, a list is wanted");
  assertEquals(messageAbout((result) => result.rows = []), "rows is [], an object is wanted");
  assertEquals(
    messageAbout((result) => result.panels = {}),
    "it has rows and panels, a result has one of them",
  );
  assertEquals(
    messageAbout((result) => delete result.rows),
    "it is no result: it has none of rows, series, panels, attacks",
  );
});

Deno.test("readResult() refuses what is no JSON, and JSON of something else", () => {
  const whole = JSON.stringify(table);
  for (const text of ["", "{", whole.slice(0, -10), whole.slice(10)]) {
    assertThrows(() => readResult(text, "mine.json"), RangeError, "Cannot use mine.json: it is not JSON");
  }
  for (const text of ["null", "7", "[]", "{}", '"rows"']) {
    assertThrows(() => readResult(text, "mine.json"), RangeError, "Cannot use mine.json: it is no result");
  }
});

Deno.test("looksLikeResult() knows a result that lost a field, and leaves other files alone", () => {
  for (const key of Object.keys(table)) {
    const { [key as keyof typeof table]: _, ...rest } = table;
    assertEquals(looksLikeResult(rest), true, key);
  }
  for (const other of [null, 7, [], { rows: {} }, { cases: [], circumstances: {} }]) {
    assertEquals(looksLikeResult(other), false);
  }
});
