import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Cell, recorded, reported } from "@gcln/kit/evaluation";
import { toText } from "@gcln/kit/report";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, ROOT));
const readme = read("README.md");

/** The rows of the table that tells the story: which column of Table 1 each is. */
const STORY = [
  "Clean",
  "Oblivious PGD",
  "PGD",
  "BPDA PGD",
  "Strongest",
  "Worst case",
];

const percent = (share: number) => (100 * share).toFixed(1);

function cellText(cell: Cell | undefined): string {
  if (cell === undefined || cell.accuracy === null) return "-";
  const [low, high] = cell.interval!;
  return `${percent(cell.accuracy)} [${percent(low)}–${percent(high)}]`;
}

Deno.test("The README's table is what was measured, with intervals, beside what the paper reports", async () => {
  const { rows } = await recorded("table1", { dataset: "cifar10" }), ours = "Our method (Qs = 10)";
  const printed = reported("table1").rows[ours]!.values,
    bpda = reported("table2").rows[ours]!.values["Accuracy"];
  const expected = STORY.map((column) => [
    ...["No Defense", ours, "Adversarial-PGD"].map((row) => cellText(rows[row]![column])),
    column === "BPDA PGD" ? percent(bpda!) : printed[column] ? percent(printed[column]) : "-",
  ]);
  const [, , ...lines] = readme.split("\n").filter((line) => line.startsWith("| ")).slice(0, 8);
  const found = lines.map((line) => line.split("|").slice(2, -1).map((cell) => cell.trim()));
  assertEquals(found, expected);
});

Deno.test("What the README shows of the first command is what it prints", async () => {
  const result = await recorded("table1", { profile: "quick", dataset: "street-digits" });
  const shown = /^```text\n([^]*?)^```/m.exec(readme)![1]!;
  assert(shown.split("\n").length > 3);
  assertStringIncludes(toText(result, { width: 80 }), shown);
});

Deno.test("The README fits a screen", () => {
  const words = readme.replace(/^```[^]*?^```/gm, "").split(/\s+/).filter((word) => /\w/.test(word));
  assert(words.length < 900, `${words.length} words`);
});

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "fixtures/README.md",
  ...[...Deno.readDirSync(new URL("docs/", ROOT))].map(({ name }) => `docs/${name}`).filter((p) =>
    p.endsWith(".md")
  ),
];

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
  heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").trim().replaceAll(" ", "-");

Deno.test("Each link of the documents leads to a file that is there, and to a heading in it", () => {
  const lost: string[] = [];
  for (const path of pages) {
    for (const [, target = ""] of read(path).replace(/^```[^]*?^```/gm, "").matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?|mailto):/.test(target)) continue;
      const [file = "", anchor] = target.split("#"),
        url = new URL(file || path.split("/").at(-1)!, new URL(path, ROOT));
      const isThere = [...url.pathname].length > 0 && exists(url);
      if (!isThere) lost.push(`${path}: ${target}`);
      else if (anchor && !headingsOf(url).includes(anchor)) {
        lost.push(`${path}: ${target} has no such heading`);
      }
    }
  }
  assertEquals(lost, []);
});

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch {
    return false;
  }
}

function headingsOf(url: URL): string[] {
  return [...Deno.readTextFileSync(url).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
}

Deno.test("docs/README.md lists every page of docs", () => {
  const index = read("docs/README.md");
  const missing = pages.filter((path) => path.startsWith("docs/") && path !== "docs/README.md")
    .filter((path) => !index.includes(`(${path.slice("docs/".length)})`));
  assertEquals(missing, []);
});

Deno.test("Every command of the documents is a task", () => {
  const { tasks } = JSON.parse(read("deno.json")) as { tasks: Record<string, unknown> };
  const unknown = pages.filter((path) => path !== "CHANGELOG.md").flatMap((path) =>
    [...read(path).matchAll(/deno task ([a-z][\w-]*(?::\w+)?)/g)].filter(([, task]) => !(task! in tasks))
      .map(([command]) => `${path}: ${command}`)
  );
  assertEquals(unknown, []);
});

Deno.test("CITATION.cff, CHANGELOG.md and docs/cite.md have the version of deno.json", () => {
  const { version } = JSON.parse(read("deno.json")) as { version: string };
  assertStringIncludes(read("CITATION.cff"), `\nversion: ${version}\n`);
  assertStringIncludes(read("CHANGELOG.md"), `## ${version}`);
  assertStringIncludes(read("docs/cite.md"), `version = {${version}}`);
});

/** The heads of the paper's tables and of the ablation that docs/numbers.md has to explain. */
Deno.test("docs/numbers.md explains every head of a column", async () => {
  const { ablation, table1, table2, table3, table4 } = await import("@gcln/kit/experiments");
  const explained = read("docs/numbers.md").split("## The columns")[1]!.split("## ")[0]!;
  const heads = [table1, table2, table3, table4, ablation].flatMap(({ columns }) => Object.keys(columns));
  const first = explained.split("\n").filter((line) => line.startsWith("| ")).map((line) =>
    line.split("|")[1]!
  );
  const said = first.flatMap((cell) => cell.split(/[,;]| \(| in Table/)).map((head) => head.trim());
  const isSaid = (head: string) => said.includes(head) || first.some((cell) => cell.includes(head));
  assertEquals([...new Set(heads)].filter((head) => !isSaid(head)), []);
});
