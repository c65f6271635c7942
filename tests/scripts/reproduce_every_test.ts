import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { passedOn, runEvery } from "../../scripts/reproduce/every.ts";
import { experiments } from "../../scripts/reproduce/experiments.ts";
import { type AnyFlags, goesOn, sinceBy } from "../../scripts/reproduce/flags.ts";
import { summary } from "../../scripts/reproduce/summary.ts";
import { UsageError } from "../../scripts/cli/command.ts";
import { sample } from "../report/_sample.ts";
import { sampleFigure, sampleSite } from "../report/_sample_site.ts";

/** A command that fails for `table2`, is stopped in `table4`, and writes down what it was told. */
const SCRIPT = `
const [name, ...flags] = Deno.args, here = new URL(".", import.meta.url).pathname;
Deno.writeTextFileSync(here + "told", \`\${name} \${flags.join(" ")}\\n\`, { append: true });
const result = \`\${here}\${name}.json\`;
Deno.writeTextFileSync(result, JSON.stringify(${JSON.stringify(sample)}));
console.error(\`Backend: none\\nWritten: \${result}, .md\`);
if (name === "table2") {
  console.error("It went wrong");
  Deno.exit(1);
}
if (name === "table4") Deno.exit(130);
`;

async function told(names: readonly string[], flags: AnyFlags) {
  const folder = await Deno.makeTempDir(), script = `${folder}/script.ts`, lines: string[] = [];
  try {
    await Deno.writeTextFile(script, SCRIPT);
    const code = await runEvery(
      script,
      Object.fromEntries(names.map((name) => [name, experiments[name]!])),
      [],
      flags,
      (line) => lines.push(line.replaceAll(folder, "results")),
    );
    const calls = (await Deno.readTextFile(`${folder}/told`)).trimEnd().split("\n");
    return { code, lines, calls };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("reproduce runs one experiment after another, with a line for each, and the next one where one fails", async () => {
  const flags = { profile: "course", seed: 1, seeds: 2, examples: undefined };
  const { code, lines, calls } = await told(["table1", "table2", "figure2"], flags);
  assertEquals(code, 1);
  assertEquals(calls, [
    "table1 --profile=course --seed=1 --seeds=2",
    "table2 --profile=course --seed=1 --seeds=2",
    "figure2 --profile=course --seed=1", // is of one seed
  ]);
  const [first, second, third] = lines.filter((line) => /^\d\/\d/.test(line));
  assertMatch(first!, /^1\/3 table1 {2}✓ \d+:\d\d Written: results\/table1\.json, \.md$/);
  assertMatch(second!, /^2\/3 table2 {2}✗ \d+:\d\d$/);
  assertMatch(third!, /^3\/3 figure2 ✓/);
  assertEquals(lines.filter((line) => line.includes("It went wrong")).length, 1);
  assertMatch(lines.at(-1)!, /^2 of 3 finished in \d+:\d\d; deno task report puts them on one page$/);
});

Deno.test("reproduce makes anew once for all experiments, and says how it goes on when it is stopped", async () => {
  const { code, lines, calls } = await told(["table1", "table4", "figure2"], { retrain: true });
  assertEquals(code, 130);
  const [, since] = /--since=(\S+)$/.exec(calls[0]!)!;
  assertEquals(calls, ["table1", "table4"].map((name) => `${name} --retrain --since=${since}`));
  assert(Math.abs(Date.now() - Date.parse(since!)) < 600_000);
  assert(lines.some((line) => line.endsWith(`the same command with --since=${since} goes on from here`)));
  const given = await told(["table1"], { fresh: true, since: "2020-01-01" });
  assertEquals(given.calls, ["table1 --fresh --since=2020-01-01T00:00:00.000Z"]);
  assertEquals(given.lines.length, 1); // no summary of one
});

Deno.test("reproduce hands on only what an experiment takes", () => {
  const flags = { profile: "quick", retrain: true, fresh: false, rows: ["x"], seeds: 3 };
  assertEquals(passedOn({ kind: "figure" }, flags), ["--profile=quick", "--retrain", "--seeds=3"]);
  assertEquals(passedOn({ kind: "view" }, flags), ["--profile=quick", "--retrain"]);
});

Deno.test("sinceBy() is now where something is made anew, and needs that", () => {
  assertEquals(sinceBy({}), undefined);
  const start = Date.now(), now = sinceBy({ fresh: true })!;
  assert(start <= now.getTime() && now.getTime() <= Date.now());
  assertEquals(sinceBy({ retrain: true, since: "2020-01-01T00:00:00Z" }), new Date("2020-01-01T00:00:00Z"));
  assertThrows(() => sinceBy({ since: "2020-01-01" }), UsageError, "--fresh or --retrain");
  assertThrows(() => sinceBy({ fresh: true, since: "yesterday" }), UsageError, 'not "yesterday"');
  assertEquals(goesOn(undefined), "the same command goes on from here");
});

Deno.test("summary() tells what each experiment came to", () => {
  const { found: view } = sampleSite().runs.find(({ found }) => "attacks" in found)!;
  const files = { one: sample, two: sampleFigure("figure3"), three: view };
  const lines = summary(
    [
      { name: "table1", state: "finished", seconds: 3723, written: "one" },
      { name: "table2", state: "failed", seconds: 5 },
      { name: "figure2", state: "finished", seconds: 40, written: "three" },
      { name: "figure3", state: "finished", seconds: 61, written: "two" },
    ],
    ["figure4"],
    (path) => files[path as keyof typeof files],
  );
  assertEquals(lines.map((line) => line.slice(0, 10).trim()), [
    ...["", "✓  table1", "✗  table2", "✓  figure2", "✓  figure3", "·  figure4"],
    "3 of 5 fin",
  ]);
  assertStringIncludes(lines[1]!, "1:02:03");
  assertStringIncludes(lines[2]!, "failed");
  assertStringIncludes(lines[5]!, "not begun");
  assertStringIncludes(lines[6]!, "3 of 5 finished in 1:03:49");
});
