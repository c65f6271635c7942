import { join } from "node:path";
import { UserError } from "../cli/command.ts";
import { arrayOf, next, tasksIn } from "./schedule.ts";
import type { SlurmOptions, Step } from "./scripts.ts";

async function slurm(
  command: string,
  args: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], stdin: "null" })
      .output();
    const text = new TextDecoder();
    return { code, out: text.decode(stdout).trim(), err: text.decode(stderr).trim() };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(
      `${command} was not found: --on=slurm hands the work to a cluster's queue, from a node that has one`,
    );
  }
}

/** Hands a script in, and returns the job's number. */
async function submitted(file: string, flags: readonly string[]): Promise<string> {
  const { code, out, err } = await slurm("sbatch", ["--parsable", ...flags, file]);
  if (code !== 0) throw new UserError(`Slurm refuses the job: ${err.replace(/^sbatch: (error: )?/gm, "")}`);
  return out.split(";")[0]!;
}

/** The tasks of some jobs that wait or run; undefined where the controller does not answer. */
async function active(jobs: readonly string[]): Promise<Set<number> | undefined> {
  const all = new Set<number>();
  for (const job of jobs) {
    const { code, out, err } = await slurm("squeue", ["-h", "-r", "-j", job, "-o", "%K"]);
    if (code !== 0 && !err.includes("Invalid job id")) return undefined;
    for (const task of tasksIn(out)) all.add(task);
  }
  return all;
}

/** The tasks of a step whose mark is there. */
function doneIn(folder: string, step: string): Set<number> {
  const marks = new RegExp(`^${step}-(\\d+)\\.done$`);
  return new Set(
    [...Deno.readDirSync(folder)].flatMap(({ name }) => marks.exec(name)?.[1] ?? []).map(Number),
  );
}

/** How a run on a cluster is watched. */
export interface Watch {
  /** Between two looks at the queue, in ms. */
  readonly every: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}

/**
 * Hands in all steps, each after the one before, and waits. Tasks that end without a mark are handed in again, alone, while
 * the others go on; what fails five times is left for the last step.
 *
 * @returns Whether all tasks were done.
 * @throws {DOMException} `AbortError` where the signal fires; the jobs are cancelled then.
 */
export async function drive(
  steps: readonly Step[],
  folder: string,
  { nodes }: SlurmOptions,
  { every, say, signal }: Watch,
): Promise<boolean> {
  const jobs: string[][] = [], attempts = steps.map(() => new Map<number, number>());
  const submit = async (i: number, tasks: readonly number[], after: readonly string[]) => {
    const step = steps[i]!,
      flags = tasks.length > 0 && step.tasks !== undefined
        ? [`--array=${arrayOf(tasks)}${nodes ? `%${nodes}` : ""}`]
        : [];
    if (after.length > 0) flags.push(`--dependency=afterany:${after.join(":")}`);
    const job = await submitted(join(folder, `${step.name}.sh`), flags);
    (jobs[i] ??= []).push(job);
    for (const task of tasks) attempts[i]!.set(task, (attempts[i]!.get(task) ?? 0) + 1);
    return job;
  };
  const arrays = steps.filter(({ tasks }) => tasks !== undefined);
  let isComplete = true;
  try {
    for (const [i, { name, tasks }] of arrays.entries()) {
      await submit(i, Array.from({ length: tasks! }, (_, task) => task), i === 0 ? [] : jobs[i - 1]!);
      say(`${name}: ${tasks} ${tasks === 1 ? "task" : "tasks"}, job ${jobs[i]!.at(-1)}`);
    }
    for (const [i, { name, tasks }] of arrays.entries()) {
      const all = Array.from({ length: tasks! }, (_, task) => task);
      for (;;) {
        signal.throwIfAborted();
        const busy = await active(jobs[i]!), done = doneIn(folder, name);
        if (busy !== undefined) {
          const { submit: again, givenUp, isOver } = next({
            all,
            done,
            active: busy,
            attempts: attempts[i]!,
          });
          if (again.length > 0) {
            say(
              `${name}: ${arrayOf(again)} ended without a result, handed in again as job ${await submit(
                i,
                again,
                [],
              )}`,
            );
          } else if (isOver) {
            if (givenUp.length > 0) say(`${name}: ${arrayOf(givenUp)} failed each time; see ${folder}/logs`);
            isComplete &&= givenUp.length === 0;
            break;
          }
        } else say("Slurm's controller does not answer; waiting");
        await pause(every, signal);
      }
      say(`${name}: ${doneIn(folder, name).size} of ${tasks} done`);
    }
    const last = steps.length - 1;
    await submit(last, [], []);
    say(`${steps[last]!.name}: job ${jobs[last]![0]}`);
    for (;;) {
      signal.throwIfAborted();
      const { code, out, err } = await slurm("squeue", ["-h", "-j", jobs[last]![0]!, "-o", "%T"]);
      if (code === 0 ? out === "" : err.includes("Invalid job id")) return isComplete;
      await pause(every, signal);
    }
  } catch (error) {
    await slurm("scancel", jobs.flat()).catch(() => {});
    throw error;
  }
}
