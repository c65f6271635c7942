/**
 * `deno task test`: runs the tests, several groups of files at the same time.
 *
 * Each group is a process of its own: the native engine is one for a process, and tests change the environment.
 */
import { type Command, type Flags, runCommand, UsageError } from "./cli/command.ts";
import { count } from "./cli/count.ts";
import { eachOf } from "./cli/each_of.ts";
import { ranDeno } from "./cli/ran_deno.ts";
import { sharedThreads } from "./cli/threads.ts";
import { testFiles } from "./test/files.ts";

/** So many files share a process: its start takes a second or two. */
const TOGETHER = 5;

const command = {
  name: "deno task test",
  summary: "Runs the tests; all of them, or those in the files and folders that are named.",
  positionals: { name: "FILE", help: "files and folders (default: tests)" },
  flags: {
    jobs: {
      kind: "number",
      help: "groups of files that run at the same time",
      default: Math.max(1, navigator.hardwareConcurrency),
    },
    filter: {
      kind: "string",
      placeholder: "TEXT",
      help: "only tests with this text, or /pattern/, in their name",
    },
    "no-check": { kind: "boolean", help: "without the check of types" },
    all: { kind: "boolean", help: "shows the tests that pass too" },
  },
  examples: ["deno task test", "deno task test tests/attacks/pgd_test.ts", "deno task test --filter=Haar"],
} as const satisfies Command<Flags>;

/** The files in groups, a folder's files together, in their order. */
function groups(files: readonly string[]): string[][] {
  const groups: string[][] = [];
  const folder = (file: string) => file.slice(0, file.lastIndexOf("/"));
  for (const file of files) {
    const last = groups.at(-1);
    if (last !== undefined && last.length < TOGETHER && folder(last[0]!) === folder(file)) last.push(file);
    else groups.push([file]);
  }
  return groups;
}

await runCommand(command, async ({ flags: { jobs, filter, "no-check": noCheck, all }, words }) => {
  if (!(jobs >= 1)) throw new UsageError(`--jobs needs a number of at least 1, not ${jobs}`);
  const files = testFiles(words.length > 0 ? words : ["tests"]), started = performance.now();
  if (!noCheck) {
    const { success, output } = await ranDeno(["check", "--quiet", ...files]);
    if (!success) {
      console.error(output.trimEnd());
      console.log("0 passed, 1 failed");
      return 1;
    }
  }
  const waiting = groups(files), atOnce = Math.min(Math.floor(jobs), waiting.length);
  const args = ["test", "-A", "--no-check", ...(filter === undefined ? [] : [`--filter=${filter}`])];
  if (waiting.length === 1) {
    const shown = new Deno.Command(Deno.execPath(), { args: [...args, ...waiting[0]!] }).spawn();
    return (await shown.status).code;
  }
  const env = sharedThreads(atOnce);
  let passed = 0, failed = 0;
  await eachOf(waiting, atOnce, async (group) => {
    const begun = performance.now();
    const { success, output } = await ranDeno([...args, ...group], env);
    const counted = count(output, success);
    passed += counted.passed;
    failed += counted.failed;
    const seconds = Math.round((performance.now() - begun) / 1000);
    const named = group.length === 1 ? group[0]! : `${group[0]} to ${group.at(-1)!.split("/").at(-1)}`;
    console.log(
      `${success ? "✓" : "✗"} ${named}: ${counted.passed} passed, ${counted.failed} failed, ${seconds} s`,
    );
    if (all || !success) console.log(output.trimEnd());
  });
  console.log(`${Math.round((performance.now() - started) / 1000)} s in all`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
});
