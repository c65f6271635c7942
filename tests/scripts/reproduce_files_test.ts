import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Result } from "@gcln/kit/evaluation";
import { marked, outcomeOf, printed, write } from "../../scripts/reproduce/files.ts";
import { fileEnd, partOf } from "../../scripts/reproduce/part.ts";
import { sample } from "../report/_sample.ts";

Deno.test("fileEnd() is empty for a whole experiment, and another for every choice of a part", () => {
  assertEquals(
    fileEnd({ profile: "course", dataset: "svhn", seed: 1, search: "float32", untrained: "train" }),
    "",
  );
  const choices = [
    { rows: ["No Defense"] },
    { rows: ["Our method (Qs = 10)"] },
    { columns: ["No Defense"] },
    { panels: ["left"] },
    { curves: ["PNI"] },
    { row: "PNI" },
    { examples: 50 },
    { seed: 7 },
    { seeds: 7 },
    { search: "fastest" },
    { untrained: "skip" },
  ];
  const ends = choices.map(fileEnd);
  assertEquals(new Set(ends).size, choices.length);
  for (const end of ends) assertMatch(end, /^-[a-z0-9-]*[a-z0-9]$/);
});

Deno.test("fileEnd() is short, and differs where only the end of a long choice differs", () => {
  const rows = (last: string) => ({ rows: [...Array(9).fill("Our method"), last] });
  const [a, b] = [fileEnd(rows("A")), fileEnd(rows("B"))];
  assert(a !== b && a.length <= 61 && b.length <= 61, `${a} ${b}`);
});

Deno.test("partOf() is no word about seeds, which leave nothing out", () => {
  assertEquals(partOf({ seed: 7, seeds: 2, search: "fastest" }), undefined);
  assertEquals(partOf({ rows: ["A", "B"], examples: 50 }), "rows A, B; 50 examples");
  assertEquals(partOf({ rows: ["A,B", "C"] }), "rows A, B, C");
});

Deno.test("write() leaves the whole result as it is when a part of it is measured", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const read = async (path: string): Promise<Result> => JSON.parse(await Deno.readTextFile(path));
    const whole = await write(outcomeOf(sample, {}), folder, {}), flags = { rows: ["No Defense"] };
    const part = await write(outcomeOf(marked({ ...sample, findings: [] }, flags), {}), folder, flags);
    assertEquals(await read(`${whole.stem}.json`), sample);
    assertEquals((await read(`${part.stem}.json`)).part, "rows No Defense");
    assertStringIncludes(await Deno.readTextFile(`${part.stem}.md`), "only a part: rows No Defense");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("printed() gives a terminal what fits, and a file or a pipe all of it", () => {
  const outcome = outcomeOf(sample, {}), written = { stem: "results/table1", line: "" };
  assertEquals(printed(outcome, written, undefined), outcome.text);
  const text = printed(outcome, written, 60);
  assert(text.split("\n").every((line) => [...line].length <= 60), text);
  assertStringIncludes(text, "In full, with what to do: results/table1.md");
});

Deno.test("outcomeOf() shows rows without a measurement where all are asked for", () => {
  const { text, brief } = outcomeOf(sample, {}, "all");
  for (const shown of [text, brief({ width: 200 })]) {
    assertMatch(shown, /^.{0,2}Adversarial PGD.*\(55\.0†\)/m);
  }
});
