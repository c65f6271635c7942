/**
 * `deno task grade`: runs handed-in notebooks within limits, reads what their exercises say, and writes a table of grades.
 */
import { basename, join, resolve } from "node:path";
import { writeAtomically } from "../lib/files/mod.ts";
import { type Command, type Flags, runCommand, UsageError, UserError } from "./cli/command.ts";
import { eachOf } from "./cli/each_of.ts";
import { type Grade, grade } from "./grade/grade.ts";
import { type HandIn, handIns } from "./grade/hand_ins.ts";
import { scoreOf, summary, toCsv } from "./grade/sheet.ts";
import { FOLDER, notebooksIn } from "./notebooks/find.ts";
import { normalise } from "./notebooks/notebook_file.ts";

const command = {
  name: "deno task grade",
  summary:
    "Runs the notebooks that students have handed in and writes a CSV: right, wrong or not answered for each\n" +
    "exercise. A notebook that loops for ever, ends its kernel or shows too much is marked, and the rest go on.\n" +
    "The hand-ins stay as they are. They run with your permissions: use an account that can't do harm.",
  positionals: { name: "FOLDER", help: "hand-ins: anna_03_fgs_to_pgd.ipynb or anna/03_fgs_to_pgd.ipynb" },
  flags: {
    csv: { kind: "string", placeholder: "FILE", help: "the table (default: results/grades-FOLDER.csv)" },
    executed: { kind: "string", placeholder: "FOLDER", help: "keeps there what each notebook has shown" },
    cell: { kind: "number", help: "seconds for one cell", default: 180 },
    minutes: { kind: "number", help: "minutes for one notebook", default: 15 },
    memory: { kind: "number", help: "MB of memory for one notebook", default: 4000 },
    output: { kind: "number", help: "MB that one notebook may show", default: 20 },
    jobs: { kind: "number", help: "notebooks that run at the same time", default: 1 },
  },
  examples: ["deno task grade hand-ins/week3", "deno task grade hand-ins --csv=week3.csv --minutes=5"],
} as const satisfies Command<Flags>;

async function read(folder: string): Promise<HandIn[]> {
  if (!await Deno.stat(folder).then(({ isDirectory }) => isDirectory, () => false)) {
    throw new UserError(`There is no folder ${folder}`);
  }
  const found = await handIns(folder, notebooksIn(FOLDER).map((file) => basename(file, ".ipynb")));
  if (found.length === 0) {
    throw new UserError(
      `There is no notebook in ${folder}: names such as anna_03_fgs_to_pgd.ipynb are wanted`,
    );
  }
  return found;
}

/** The grades that are there, in the order of the hand-ins. */
function inOrder(found: readonly HandIn[], done: ReadonlyMap<HandIn, Grade>): Grade[] {
  return found.map((handIn) => done.get(handIn)).filter((grade) => grade !== undefined);
}

function line({ student, notebook, results, remarks }: Grade, score: number, seconds: string): string {
  const of = Object.keys(results).length;
  const said = of === 0 ? remarks[0] : `${score} of ${of}${remarks.length > 0 ? `; ${remarks[0]}` : ""}`;
  return `${student}, ${notebook}: ${said} (${seconds} s)`;
}

await runCommand(command, async ({ flags, words: [folder, ...others] }) => {
  if (folder === undefined || others.length > 0) throw new UsageError("One folder with hand-ins is wanted");
  const { cell, minutes, memory, output, jobs, executed } = flags;
  for (const [name, value] of Object.entries({ cell, minutes, memory, output, jobs })) {
    if (!(value > 0)) throw new UsageError(`--${name} needs a number above 0, not ${value}`);
  }
  const limits = { cellSeconds: cell, seconds: 60 * minutes, memory: memory * 1e6, output: output * 1e6 };
  const found = await read(folder),
    csv = flags.csv ?? join("results", `grades-${basename(resolve(folder))}.csv`);
  console.log(`${found.length} notebooks in ${folder}`);
  const done = new Map<HandIn, Grade>();
  await eachOf(found, Math.ceil(jobs), async (handIn) => {
    const started = performance.now(), graded = await grade(handIn, limits);
    console.log(line(graded, scoreOf(graded), ((performance.now() - started) / 1000).toFixed(0)));
    if (executed !== undefined && graded.executed !== undefined) {
      await writeAtomically(
        join(executed, handIn.file),
        normalise(JSON.stringify(graded.executed), Deno.cwd()),
      );
    }
    done.set(handIn, graded);
    // After each one: a class takes long, and a grader that is stopped keeps what it has.
    await writeAtomically(csv, toCsv(inOrder(found, done)));
  });
  const grades = inOrder(found, done);
  console.log(`\n${summary(grades)}\n\nThe grades are in ${csv}`);
});
