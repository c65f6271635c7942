/** `deno task ok`: all checks that a commit must pass, one line for each. */
import { choose, type Command, type Flags, runCommand } from "./cli/command.ts";
import { type Count, count } from "./cli/count.ts";
import { ranDeno } from "./cli/ran_deno.ts";

/** The arguments of `deno` for each step. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  // Deno 2.9 calls every notebook unformatted; the step "notebooks" checks their format.
  "format": [
    "fmt",
    "--check",
    "--quiet",
    "deno.json",
    "mod.ts",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs",
    "lib",
    "tests",
    "fixtures",
  ],
  // Of a folder with another deno.json inside, Deno 2.9 formats only what that one covers; a pattern alone takes all.
  "format-scripts": ["fmt", "--check", "--quiet", "scripts/**/*.ts", "scripts/**/*.tsx", "scripts/**/*.css"],
  "lint": ["lint", "--quiet"],
  "types": ["check", "--quiet", "mod.ts", "lib", "scripts", "tests"],
  "docs": ["run", "-A", "scripts/check_docs.ts"],
  "notebooks": ["run", "-A", "scripts/notebooks.ts", "check"],
  "tests": ["run", "-A", "scripts/test.ts", "--no-check"],
  "examples": ["test", "-A", "--quiet", "--doc", "lib"],
  "publish": ["publish", "--dry-run", "--allow-dirty", "--quiet"],
};

const command = {
  name: "deno task ok",
  summary:
    "Checks format, lint, types, documentation, notebooks, tests, examples and whether the package can be published.",
  positionals: { name: "STEP", help: "only these", choices: Object.keys(STEPS) },
  flags: {
    skip: { kind: "strings", help: "without this step", choices: Object.keys(STEPS), placeholder: "STEP" },
  },
  examples: ["deno task ok format lint", "deno task ok --skip=tests"],
} as const satisfies Command<Flags>;

interface Outcome extends Count {
  /** Its output. */
  readonly output: string;
}

async function run(args: readonly string[]): Promise<Outcome> {
  const { success, output } = await ranDeno(args);
  return { ...count(output, success), output };
}

await runCommand(command, async ({ words, flags: { skip } }) => {
  const wanted = words.length > 0
    ? words.map((word) => choose("step", word, Object.keys(STEPS)))
    : Object.keys(STEPS);
  let passed = 0, failed = 0;
  for (const name of wanted.filter((name) => !skip.includes(name))) {
    const started = performance.now(), outcome = await run(STEPS[name]!);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const counts = outcome.passed + outcome.failed > 1
      ? `, ${outcome.passed} passed, ${outcome.failed} failed`
      : "";
    console.log(`${outcome.failed > 0 ? "✗" : "✓"} ${name}, ${seconds} s${counts}`);
    if (outcome.failed > 0) console.log(outcome.output.trimEnd());
    passed += outcome.passed;
    failed += outcome.failed;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
});
