/**
 * `deno task notebooks`: runs, checks and normalises the notebooks.
 *
 * Deno's tools read modules only, and its kernel does not check types. So `check` joins the code cells into one module.
 */
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { writeAtomically } from "../lib/files/mod.ts";
import { choose, type Command, type Flags, runCommand, UserError } from "./cli/command.ts";
import { eachOf } from "./cli/each_of.ts";
import { sharedThreads } from "./cli/threads.ts";
import { wrongAnswers } from "./notebooks/answers.ts";
import { blocksIn } from "./notebooks/blocks.ts";
import { FOLDER, notebooksIn, notebooksNamed } from "./notebooks/find.ts";
import { kernelFolder } from "./notebooks/kernel.ts";
import { asModule, type ModuleOptions, type NotebookModule } from "./notebooks/module.ts";
import { nbclientPath } from "./notebooks/nbclient.ts";
import { withoutPictures } from "./notebooks/pictures.ts";
import { joined, normalise, type Notebook, plain, readNotebook } from "./notebooks/notebook_file.ts";

const ACTIONS = ["run", "check", "normalise"] as const;

const command = {
  name: "deno task notebooks",
  summary: "Runs, checks or normalises notebooks; all of them, or the files that are named.\n\n" +
    "  run        executes every cell with the Deno kernel; outputs are not written back unless --write.\n" +
    "             In a folder solutions every exercise must come out right\n" +
    "  check      type check and lint of the code cells, and whether the files are normalised\n" +
    "  normalise  drops counts, colours, timings and machine paths, and formats",
  positionals: {
    name: "run|check|normalise FILE",
    help: "what to do, and notebooks or folders, by path or by name (default: all in notebooks/)",
  },
  flags: {
    write: {
      kind: "boolean",
      help: "run: writes the outputs into the notebooks; into solutions without pictures",
    },
    timeout: { kind: "number", help: "run: seconds for one cell", default: 1200 },
    jobs: { kind: "number", help: "run: notebooks that run at the same time", default: 1 },
  },
  examples: [
    "deno task notebooks run notebooks/table1.ipynb",
    "deno task notebooks run lessons/01_adversarial_example",
    "deno task notebooks check lessons",
  ],
} as const satisfies Command<Flags>;

/** The errors of one notebook; empty if there are none. */
type Verdict = string | undefined;

function read(file: string): Notebook {
  try {
    return readNotebook(Deno.readTextFileSync(file), file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new UserError(`There is no notebook ${file}`);
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} can't be read: ${error instanceof Error ? error.message : error}`);
  }
}

interface RunOptions {
  readonly write: boolean;
  readonly timeout: number;
  readonly jobs: number;
}

/** Executes a notebook in its own folder. */
async function run(file: string, { write, timeout, jobs }: RunOptions): Promise<Verdict> {
  const folder = await Deno.makeTempDir({ prefix: "gcln-notebook-" });
  try {
    const target = join(folder, "executed.ipynb"), PYTHONPATH = await nbclientPath();
    const { code, stdout, stderr } = await new Deno.Command("python3", {
      args: [
        fileURLToPath(import.meta.resolve("./notebooks/run.py")),
        file,
        target,
        resolve(dirname(file)),
        String(timeout),
      ],
      env: {
        ...sharedThreads(jobs),
        ...(PYTHONPATH ? { PYTHONPATH } : {}),
        JUPYTER_PATH: [await kernelFolder(), Deno.env.get("JUPYTER_PATH") ?? ""].filter(Boolean).join(":"),
        NO_COLOR: "1",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const said = new TextDecoder().decode(stderr).trim();
    if (code === 3) return failure(file, new TextDecoder().decode(stdout), said);
    if (code !== 0) return `nbclient failed:\n${said.split("\n").slice(-12).join("\n")}`;
    const ran = read(target), unsolved = isSolution(file) ? wrongAnswers(ran) : undefined;
    if (unsolved !== undefined) return unsolved;
    const kept = isSolution(file) ? withoutPictures(ran) : ran;
    if (write) await writeAtomically(file, normalise(JSON.stringify(kept), Deno.cwd(), file));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Whether a notebook holds the solutions of a lesson. */
function isSolution(file: string): boolean {
  return basename(dirname(resolve(file))) === "solutions";
}

function failure(file: string, stdout: string, stderr: string): string {
  const { cell, error, traceback } = JSON.parse(stdout.trim().split("\n").at(-1)!);
  const source = joined(read(file).cells[cell - 1]?.source ?? "").split("\n").map((line) => `    ${line}`);
  const trace = plain(traceback).split("\n").filter((line) => /^\s+at (?!<anonymous>|.*ext:)/.test(line))
    .slice(0, 5);
  const kernel = stderr.split("\n").filter((line) => /error/i.test(line)).slice(-3);
  if (cell === 0) return [plain(error), ...kernel].join("\n");
  // The kernel gives no message for these.
  const silent = error.endsWith("Execution failed");
  const hint = silent
    ? " (a syntax error, or a package that can't be had: `deno task notebooks check` says which)"
    : "";
  return [`cell ${cell}: ${plain(error)}${hint}`, ...trace, ...source, ...kernel].join("\n");
}

/** What is checked with one of the kit's notebooks: the code of its exercises and of the model answers. Students' copies may differ. */
function givenWith(file: string): ModuleOptions {
  if (resolve(dirname(file)) !== resolve(FOLDER)) return {};
  const page = Deno.readTextFileSync(new URL("../docs/answers.md", import.meta.url));
  const own = blocksIn(page).filter(({ of }) => of === basename(file, ".ipynb"));
  return { exercises: true, answers: own.map(({ code }) => code) };
}

/**
 * Checks types and lints many notebooks at once, each as a module in the folder of its file, so that imports resolve.
 */
async function check(files: readonly string[]): Promise<Verdict[]> {
  const modules = new Map<string, { readonly file: string; readonly module: NotebookModule }>();
  const problems = new Map(files.map((file) => [file, [] as string[]]));
  try {
    for (const file of files) {
      const path = resolve(dirname(file), `.${file.split("/").at(-1)}.${Deno.pid}.ts`),
        module = asModule(read(file), givenWith(file));
      await Deno.writeTextFile(path, module.text);
      modules.set(path, { file, module });
      if (normalise(Deno.readTextFileSync(file), Deno.cwd()) !== Deno.readTextFileSync(file)) {
        problems.get(file)!.push("is not normalised: deno task notebooks normalise");
      }
    }
    const paths = [...modules.keys()];
    for (const args of [["check", ...paths], ["lint", "--quiet", ...paths]]) {
      const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args,
        env: { NO_COLOR: "1" },
        stdout: "piped",
        stderr: "piped",
      }).output();
      if (success) continue;
      const said = (new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr))
        .replace(/^Check .*\n|\nStack backtrace:[^]*$/gm, "").trim();
      const blamed = [...modules].filter(([path]) => said.includes(path));
      for (const [path, { file }] of blamed.length > 0 ? blamed : modules) {
        problems.get(file)!.push(about(said, path, modules.get(path)!.module));
      }
    }
  } finally {
    for (const path of modules.keys()) await Deno.remove(path).catch(() => {});
  }
  return files.map((file) => problems.get(file)!.join("\n") || undefined);
}

/** The paragraphs of a tool's output that name a module, with the cell and line in the notebook instead of the module's line. */
function about(said: string, path: string, { place }: NotebookModule): string {
  const paragraphs = said.split(/\n\s*\n/).filter((paragraph) => paragraph.includes(path));
  return (paragraphs.join("\n") || said).replaceAll(`file://${path}`, path).replaceAll(
    new RegExp(`${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?::(\\d+))?(?::(\\d+))?`, "g"),
    (_, line, column) => {
      if (line === undefined) return "the notebook";
      const { cell, line: inCell } = place(Number(line));
      const where = cell === 0 ? "a model answer in docs/answers.md" : `cell ${cell}`;
      return `${where}, line ${inCell}${column ? `, column ${column}` : ""}`;
    },
  );
}

async function normaliseFile(file: string): Promise<Verdict> {
  const before = await Deno.readTextFile(file);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext=ipynb", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const ended = child.output(), writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(normalise(before, Deno.cwd(), file)));
  await writer.close();
  const { success, stdout, stderr } = await ended;
  if (!success) return new TextDecoder().decode(stderr).trim();
  const after = new TextDecoder().decode(stdout);
  if (after !== before) await writeAtomically(file, after);
}

await runCommand(command, async ({ flags, words }) => {
  const [word = "", ...named] = words, action = choose("action", word, ACTIONS);
  const files = named.length > 0 ? named.flatMap(notebooksNamed) : notebooksIn(FOLDER);
  files.forEach(read);
  const checked = action === "check" ? await check(files) : [];
  let failed = 0;
  await eachOf([...files.entries()], Math.max(1, Math.floor(flags.jobs)), async ([i, file]) => {
    const started = performance.now();
    const verdict = action === "check"
      ? checked[i]
      : action === "run"
      ? await run(file, flags)
      : await normaliseFile(file);
    const seconds = action === "run" ? ` ${((performance.now() - started) / 1000).toFixed(1)} s` : "";
    console.log(`${verdict === undefined ? "✓" : "✗"} ${relative(".", file)}${seconds}`);
    if (verdict !== undefined) {
      console.error(`${relative(".", file)}, ${verdict}`);
      failed++;
    }
  });
  console.log(`${files.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
});
