import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import type { PanelsResult, Result } from "@gcln/kit/evaluation";
import { denoDir } from "../_deno_dir.ts";

const script = new URL("../../scripts/reproduce.ts", import.meta.url);
const text = new TextDecoder();

function command(cache: string, args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", script.href, ...args],
    env: { NO_COLOR: "1", DENO_DIR: denoDir, XDG_CACHE_HOME: cache },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function run(cache: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await command(cache, args).output();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

async function withCache(test: (cache: string) => Promise<void>): Promise<void> {
  const cache = await Deno.makeTempDir();
  try {
    await test(cache);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** The finished cells and when they were written. */
function cellsIn(cache: string): Map<string, number> {
  const folder = `${cache}/gcln/measured`;
  try {
    const files = [...Deno.readDirSync(folder)].filter(({ name }) => /^[0-9a-f]+\.json$/.test(name));
    return new Map(files.map(({ name }) => [name, Deno.statSync(`${folder}/${name}`).mtime!.getTime()]));
  } catch {
    return new Map();
  }
}

Deno.test("reproduce --help shows flags, their values and examples", () =>
  withCache(async (cache) => {
    const { code, out, err } = await run(cache, "table1", "--help");
    assertEquals([code, err], [0, ""]);
    for (const word of ["--profile=NAME", "quick, course, paper", "--examples=N", "Examples:"]) {
      assertStringIncludes(out, word);
    }
  }));

Deno.test("reproduce names what was meant, and ends with 2", () =>
  withCache(async (cache) => {
    const mistakes = [
      [["table1", "--colums=PGD"], 'Unknown flag "--colums": did you mean "--columns"?'],
      [["table1", "--rows=no defence"], 'Unknown row "no defence": did you mean "No Defense"?'],
      [["table1", "--columns=Clean,PDG"], 'Unknown column "PDG": did you mean "PGD"?'],
      [["table1", "--profile=cource"], 'Unknown profile "cource": did you mean "course"?'],
      [["table1", "--dataset=fashion"], 'Unknown dataset "fashion": did you mean "fashion-mnist"?'],
      [["table1", "--seeds=0"], "--seeds needs a whole number of at least 1, not 0"],
      [["figure4", "--panels=rigth"], 'Unknown panel "rigth": did you mean "right"?'],
      [["figure4", "--curves=PMI"], 'Unknown curve "PMI": did you mean "PNI"?'],
      [["figure3", "--rows=x"], 'Unknown flag "--rows"'],
      [["all", "tabel4"], 'Unknown experiment "tabel4": did you mean "table4"?'],
      [["table1", "--since=2020-01-01"], "--since needs --fresh or --retrain"],
      [["table1", "--examples=0"], "--examples needs a whole number of at least 1, not 0"],
      [["table1", "--retrain=no"], '--retrain takes no value, but "no" was given'],
      [["table1", "--dataset=./pets"], "a folder of images is written folder:./pets"],
      [["table1", "clean"], '"clean" is not expected here: a file of yours'],
      [["tabel1"], "reproduce:table1"],
      [[], "reproduce:table1"],
    ] as const;
    const outcomes = await Promise.all(mistakes.map(([args]) => run(cache, ...args)));
    outcomes.forEach(({ code, out, err }, i) => {
      assertStringIncludes(err, mistakes[i]![1]);
      assertEquals([code, out], [2, ""]);
      assert(!err.includes("    at "), err);
    });
  }));

Deno.test("reproduce writes its result as JSON, Markdown, page and picture", () =>
  withCache(async (cache) => {
    const { code, out, err } = await run(
      cache,
      "table1",
      "--examples=4",
      "--rows=No Defense,Our method (Qs = 10)",
      "--columns=Clean",
      `--results=${cache}/results`,
    );
    assertEquals(code, 0, err);
    const stem =
      `${cache}/results/table1-quick-street-digits-rows-no-defense-our-method-qs-10-columns-clean-4-examples`;
    const result: Result = JSON.parse(await Deno.readTextFile(`${stem}.json`));
    assertEquals(Object.keys(result.rows), ["No Defense", "Our method (Qs = 10)"]);
    assertEquals(result.rows["No Defense"]!["Clean"]!.n, 4);
    assertEquals(result.part, "rows No Defense, Our method (Qs = 10); columns Clean; 4 examples");
    assertStringIncludes(out, "only a part: rows No Defense");
    const page = await Deno.readTextFile(`${stem}.html`), png = await Deno.readFile(`${stem}.png`);
    const markdown = await Deno.readTextFile(`${stem}.md`);
    assert(markdown.startsWith(out.trim()), markdown); // what was printed, and the intervals
    assertStringIncludes(markdown, "**95 % intervals**");
    assert(page.startsWith("<!doctype html>") || page.startsWith("<!DOCTYPE html>"));
    assertEquals([...png.subarray(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt(0)));
    assertStringIncludes(err, "Written: ");
    assertEquals(cellsIn(cache).size, 2);
  }));

Deno.test("reproduce needs no network for rows that are only reported, and draws no picture then", () =>
  withCache(async (cache) => {
    const { code, out } = await run(
      cache,
      "table1",
      "--profile=paper",
      "--dataset=street-digits",
      "--rows=Label Smoothing",
      "--untrained=skip",
      `--results=${cache}/results`,
    );
    assertEquals(code, 0);
    assertStringIncludes(out, "Label Smoothing");
    const names = [...Deno.readDirSync(`${cache}/results`)].map(({ name }) => name.split(".").at(-1));
    assertEquals(names.sort(), ["html", "json", "md"]);
  }));

Deno.test("reproduce that is stopped by Ctrl-C goes on without repeating finished cells", () =>
  withCache(async (cache) => {
    const args = ["table1", "--examples=150", "--rows=No Defense", `--results=${cache}/results`];
    const child = command(cache, args).spawn(), finished = child.output();
    while (cellsIn(cache).size === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { code, stderr } = await finished;
    assertEquals(code, 130);
    assertStringIncludes(text.decode(stderr), "Stopped. Finished cells are kept");
    const kept = cellsIn(cache);
    assert(kept.size > 0 && kept.size < 6);

    const again = await run(cache, ...args);
    assertEquals(again.code, 0, again.err);
    const all = cellsIn(cache);
    assertEquals(all.size, 6); // Clean, FGS, PGD, BIM, C&W, Strongest
    for (const [name, written] of kept) assertEquals(all.get(name), written);

    const fresh = await run(cache, ...args, "--columns=Clean", "--fresh");
    assertEquals(fresh.code, 0);
    assertNotEquals(cellsIn(cache), all);
  }));

Deno.test("reproduce writes a figure as JSON, Markdown, page and pictures", () =>
  withCache(async (cache) => {
    const { code, out, err } = await run(
      cache,
      "figure4",
      "--examples=4",
      "--panels=left",
      "--curves=Our method",
      `--results=${cache}/results`,
    );
    assertEquals(code, 0, err);
    const stem = `${cache}/results/figure4-quick-street-digits-panels-left-curves-our-method-4-examples`;
    const { panels }: PanelsResult = JSON.parse(await Deno.readTextFile(`${stem}.json`));
    assertEquals(panels["left"]!.series["Our method"]!.map(({ x }) => x), [
      10,
      20,
      30,
      40,
      50,
      60,
      70,
      80,
      90,
      100,
    ]);
    const names = [...Deno.readDirSync(`${cache}/results`)].map(({ name }) => name.split(".").at(-1));
    assertEquals(names.sort(), ["html", "json", "md", "png", "svg"]);
    assertStringIncludes(out, "Figure 4");
    assertEquals(cellsIn(cache).size, 10);
  }));

Deno.test("reproduce draws Figure 2, keeps its comparisons, and makes them anew when told to", () =>
  withCache(async (cache) => {
    const args = ["figure2", "--examples=4", "--columns=Oblivious PGD", `--results=${cache}/results`];
    const first = await run(cache, ...args);
    assertEquals(first.code, 0, first.err);
    const names = [...Deno.readDirSync(`${cache}/results`)].map(({ name }) => name.split(".").at(-1));
    assertEquals(names.sort(), ["json", "md", "png"]);
    const kept = cellsIn(cache),
      picture = `${cache}/results/figure2-quick-street-digits-columns-oblivious-pgd-4-examples.png`;
    const drawn = await Deno.readFile(picture);
    assertEquals(kept.size, 2); // without an attack, and under one
    const again = await run(cache, ...args);
    assertEquals([again.code, again.out], [0, first.out]);
    assertEquals(cellsIn(cache), kept);
    assertEquals(await Deno.readFile(picture), drawn);
    const since = new Date(Math.max(...kept.values()) + 1).toISOString();
    assertEquals((await run(cache, ...args, "--fresh", `--since=${since}`)).code, 0);
    for (const [name, written] of cellsIn(cache)) assert(written > kept.get(name)!);
  }));

Deno.test("reproduce of all that is stopped by Ctrl-C stops the one that runs, and keeps what is finished", () =>
  withCache(async (cache) => {
    const args = ["all", "table1", "table3", "--examples=150", `--results=${cache}/results`];
    const child = command(cache, args).spawn(), finished = child.output();
    while (cellsIn(cache).size === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const { code, stdout } = await finished;
    assertEquals(code, 130);
    assertStringIncludes(text.decode(stdout), "1/2 table1  stopped after");
    assert(cellsIn(cache).size > 0);
  }));
