/** Several processes that measure one table. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Result } from "@gcln/kit/evaluation";
import { processesBy } from "../../scripts/reproduce/together.ts";
import { inFolder } from "../_in_folder.ts";
import { denoDir } from "../_deno_dir.ts";

const text = new TextDecoder();
const scripts = new URL("../../scripts/", import.meta.url);
const PART = ["--rows=No Defense,Label Smoothing", "--columns=Clean,FGS,PGD,Worst case", "--examples=20"];

function deno(cache: string, script: string, args: readonly string[]) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", new URL(script, scripts).href, ...args],
    env: { NO_COLOR: "1", DENO_DIR: denoDir, XDG_CACHE_HOME: cache },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function measured(cache: string, ...flags: readonly string[]) {
  const process = deno(cache, "reproduce.ts", ["table1", ...PART, `--results=${cache}`, ...flags]);
  await process.stdin.close();
  const { code, stderr } = await process.output(), said = text.decode(stderr);
  assertEquals(code, 0, said);
  const file = /^Written: (.+?\.json)/m.exec(said)![1]!,
    { rows }: Result = JSON.parse(Deno.readTextFileSync(file));
  const facts = Object.entries(rows).flatMap(([head, row]) =>
    Object.entries(row).map(([column, { accuracy, n }]) => [head, column, accuracy, n])
  );
  return { said, facts };
}

/** The cells that are finished in a cache. */
function cellsIn(cache: string): string[] {
  try {
    return [...Deno.readDirSync(`${cache}/gcln/measured`)].map(({ name }) => name).filter((name) =>
      /^[0-9a-f]+\.json$/.test(name)
    );
  } catch {
    return [];
  }
}

Deno.test("two processes measure what one measures", () =>
  inFolder(async (folder) => {
    const one = await measured(`${folder}/one`, "--jobs=1"),
      two = await measured(`${folder}/two`, "--jobs=2");
    assertStringIncludes(two.said, "2 processes share the cells.");
    assert(!one.said.includes("share the cells"), one.said);
    assertEquals(two.facts, one.facts);
    assertEquals(cellsIn(`${folder}/two`).sort(), cellsIn(`${folder}/one`).sort());
  }));

function help(cache: string) {
  const flags = { profile: "quick", seed: 1, examples: 20, rows: [PART[0]!.slice("--rows=".length)] };
  return deno(cache, "reproduce/help.ts", [JSON.stringify({ name: "table1", files: [], flags })]);
}

Deno.test("a helper keeps each cell that it measures, and ends when who has started it has ended", () =>
  inFolder(async (cache) => {
    const helper = help(cache);
    while (cellsIn(cache).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await helper.stdin.close();
    assertEquals((await helper.output()).code, 0);
    assert(cellsIn(cache).length < 14, "it has measured both rows to their end");
  }));

Deno.test("processesBy() takes what is asked for, and one where more do not help", async () => {
  assertEquals(await processesBy({ jobs: 3 }, true), 3);
  assertEquals(await processesBy({}, true), 1);
  assertEquals(await processesBy({ backend: "webgpu" }, false), 1);
  const itself = await processesBy({}, false);
  assert(itself >= 1 && itself <= 4, `${itself}`);
  await assertRejects(
    () => processesBy({ jobs: 0 }, false),
    Error,
    "--jobs needs a whole number of at least 1",
  );
});
