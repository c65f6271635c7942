import { assertEquals, assertMatch } from "@std/assert";
import { passedOn, runEvery } from "../../scripts/reproduce/every.ts";

/** A command that fails for `table2`, and writes down what it was told. */
const SCRIPT = `
const [name, ...flags] = Deno.args;
Deno.writeTextFileSync(new URL("./told", import.meta.url), \`\${name} \${flags.join(" ")}\\n\`, { append: true });
console.error(\`Backend: none\\nWritten: results/\${name}.json\`);
if (name === "table2") {
  console.error("It went wrong");
  Deno.exit(1);
}
`;

Deno.test("reproduce runs one experiment after another, with a line for each, and the next one where one fails", async () => {
  const folder = await Deno.makeTempDir(), script = `${folder}/script.ts`;
  try {
    await Deno.writeTextFile(script, SCRIPT);
    const lines: string[] = [],
      flags = { profile: "course", seed: 1, seeds: 2, fresh: true, examples: undefined };
    const code = await runEvery(script, ["table1", "table2", "figure2"], flags, (line) => lines.push(line));
    assertEquals(code, 1);
    assertEquals((await Deno.readTextFile(`${folder}/told`)).trimEnd().split("\n"), [
      "table1 --profile=course --seed=1 --seeds=2 --fresh",
      "table2 --profile=course --seed=1 --seeds=2 --fresh",
      "figure2 --profile=course --seed=1", // measures no cells
    ]);
    const [first, second, third] = lines.filter((line) => /^\d/.test(line));
    assertMatch(first!, /^1\/3 table1 {2}✓ \d+:\d\d Written: results\/table1\.json$/);
    assertMatch(second!, /^2\/3 table2 {2}✗ \d+:\d\d$/);
    assertMatch(third!, /^3\/3 figure2 ✓/);
    assertEquals(lines.filter((line) => line.includes("It went wrong")).length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("reproduce hands on only what an experiment takes", () => {
  assertEquals(passedOn("figure3", { profile: "quick", retrain: true, fresh: false, rows: ["x"] }), [
    "--profile=quick",
  ]);
});
