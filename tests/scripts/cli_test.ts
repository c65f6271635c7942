import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { choose, type Command, type Flags, help, parse, UsageError } from "../../scripts/cli/command.ts";

const command = {
  name: "deno task demo",
  summary: "Measures something.",
  flags: {
    profile: { kind: "string", help: "how large", choices: ["quick", "course", "paper"], default: "quick" },
    row: { kind: "strings", help: "only this row" },
    seed: { kind: "number", help: "the seed" },
    fresh: { kind: "boolean", help: "everything anew" },
  },
  examples: ["deno task demo --profile=course"],
} as const satisfies Command<Flags>;

Deno.test("parse() gives defaults, numbers, lists and booleans their types", () => {
  assertEquals(parse(command, []).flags, { profile: "quick", row: [], seed: undefined, fresh: false });
  const { flags } = parse(command, [
    "--profile",
    "paper",
    "--row=GCLN, q = 10",
    "--row",
    "Vanilla",
    "--seed=-3",
    "--fresh",
  ]);
  assertEquals(flags, { profile: "paper", row: ["GCLN, q = 10", "Vanilla"], seed: -3, fresh: true });
});

Deno.test("parse() names the flag that was meant", () => {
  assertThrows(
    () => parse(command, ["--profle=quick"]),
    UsageError,
    'Unknown flag "--profle": did you mean "--profile"?',
  );
  assertThrows(
    () => parse(command, ["--zzz"]),
    UsageError,
    "Known: --profile, --row, --seed, --fresh, --help",
  );
});

Deno.test("parse() names the value that was meant", () => {
  assertThrows(() => parse(command, ["--profile=qiuck"]), UsageError, 'did you mean "quick"?');
});

Deno.test("parse() wants a value where one belongs, and none where none does", () => {
  assertThrows(() => parse(command, ["--profile"]), UsageError, "--profile needs a value: --profile=NAME");
  assertThrows(() => parse(command, ["--seed=one"]), UsageError, '--seed needs a number, not "one"');
  assertThrows(() => parse(command, ["--fresh=maybe"]), UsageError, '--fresh takes no value, but "maybe"');
  assertEquals(parse(command, ["--fresh=false"]).flags.fresh, false);
  assertThrows(() => parse(command, ["extra"]), UsageError, '"extra" is not expected here');
});

Deno.test("parse() takes words where the command has them, numbers as text", () => {
  const withWords = { ...command, positionals: { name: "FILE", help: "a notebook" } };
  assertEquals(parse(withWords, ["1.ipynb", "7", "--fresh", "--", "--odd"]).words, ["1.ipynb", "7", "--odd"]);
});

Deno.test("choose() lists what is known when nothing is near", () => {
  const error = assertThrows(() => choose("row", "xyz", ["No Defense", "GCLN"]), UsageError);
  assertEquals(error.message, 'Unknown row "xyz". Known: No Defense, GCLN');
});

Deno.test("help() shows every flag with its choices and default", () => {
  const text = help(command);
  assertStringIncludes(text, "--profile=NAME  how large: quick, course, paper (default: quick)");
  assertStringIncludes(text, "--row=NAME      only this row; may be given again");
  assertStringIncludes(text, "deno task demo --profile=course");
  assert(text.startsWith("Measures something.\n\nUsage: deno task demo [flags]\n"));
});

Deno.test("runCommand() exits with 2 and without a trace for a wrong command line, with 1 for what a user can mend", async () => {
  const script = `
    import { runCommand, UserError } from "./scripts/cli/command.ts";
    const flags = { fail: { kind: "string", help: "how" } };
    await runCommand({ name: "demo", summary: "Demo.", flags }, ({ flags: { fail } }) => {
      if (fail === "user") throw new UserError("The disk is full");
      if (fail === "row") throw new TypeError("Cannot measure 3: a row is wanted, as in a table");
      if (fail === "bug") throw new TypeError("x is undefined");
    });`;
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", "--ext=ts", script, ...args],
      env: { NO_COLOR: "1" },
    }).output();
    return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
  };
  const [fine, usage, user, row, bug, asked] = await Promise.all([
    run(),
    run("--fial=x"),
    run("--fail=user"),
    run("--fail=row"),
    run("--fail=bug"),
    run("--help"),
  ]);
  assertEquals(fine, { code: 0, out: "", err: "" });
  assertEquals([usage.code, usage.err], [
    2,
    'Unknown flag "--fial": did you mean "--fail"? Known: --fail, --help\nSee demo --help\n',
  ]);
  assertEquals([user.code, user.err], [1, "The disk is full\n"]);
  assertEquals([row.code, row.err], [1, "Cannot measure 3: a row is wanted, as in a table\n"]);
  assertEquals(bug.code, 1);
  assertStringIncludes(bug.err, "at ");
  assertEquals(asked.code, 0);
  assertStringIncludes(asked.out, "Usage: demo");
});

Deno.test({
  name: "a command whose file grows beyond ulimit -f says so in one line, and leaves nothing half written",
  ignore: Deno.build.os === "windows",
}, async () => {
  const folder = await Deno.makeTempDir(), cache = await Deno.makeTempDir();
  const at = (path: string) => new URL(path, import.meta.url).href;
  await Deno.writeTextFile(
    `${folder}/large.ts`,
    `import { runCommand } from "${at("../../scripts/cli/command.ts")}";
     import { writeAtomically } from "${at("../../lib/files/mod.ts")}";
     await runCommand({ name: "large", summary: "", flags: {} }, () =>
       writeAtomically("${folder}/large.bin", new Uint8Array(30_000_000)));`,
  );
  const { code, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `ulimit -f 20000; exec "$0" run -A --no-check --config deno.json "${folder}/large.ts"`,
      Deno.execPath(),
    ],
    cwd: new URL("../../", import.meta.url),
    // Deno's own caches, which it writes before any listener stands, stay below the limit in a new folder.
    env: { NO_COLOR: "1", DENO_DIR: cache },
  }).output();
  const said = new TextDecoder().decode(stderr).trim();
  assertEquals(code, 1, said);
  assertStringIncludes(
    said,
    `Cannot write ${folder}/large.bin: the file would be larger than is allowed here (ulimit -f)`,
  );
  assertEquals(said.split("\n").length, 1);
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["large.ts"]);
  for (const made of [folder, cache]) await Deno.remove(made, { recursive: true });
});
