import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Table } from "../../lib/experiments/mod.ts";
import { writeAtomically } from "../../lib/files/mod.ts";
import { UsageError, UserError } from "../cli/command.ts";
import { type AnyFlags, heads, settingBy, sinceBy } from "../reproduce/flags.ts";
import { drive } from "./drive.ts";
import { slurmFlags } from "./flags.ts";
import { type Plan, planOf } from "./plan.ts";
import { isPlain, type SlurmOptions, type Step, stepOf } from "./scripts.ts";

/** A plan as its tasks read it. */
export interface KeptPlan extends Plan {
  readonly experiment: string;
  /** The user's files that define its kinds. */
  readonly files: readonly string[];
  readonly flags: AnyFlags;
}

/** The values of {@linkcode slurmFlags}. */
export type ClusterFlags = AnyFlags & {
  readonly on?: string | undefined;
  readonly nodes?: number | undefined;
  readonly partition?: string | undefined;
  readonly gres?: string | undefined;
  readonly time?: string | undefined;
  readonly "dry-run"?: boolean | undefined;
};

const own = Object.keys(slurmFlags);
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The flags that one machine's command takes. */
function passed(flags: AnyFlags, since: Date | undefined): AnyFlags {
  const rest = Object.fromEntries(Object.entries(flags).filter(([name]) => !own.includes(name)));
  return { ...rest, ...(since ? { since: since.toISOString() } : {}) };
}

/** A command line of flags. */
function words(flags: AnyFlags): string[] {
  return Object.entries(flags).flatMap(([name, value]) =>
    value === undefined || value === false
      ? []
      : value === true
      ? [`--${name}`]
      : [value].flat().map((one) => `--${name}=${one}`)
  );
}

function checked(flags: ClusterFlags): SlurmOptions {
  const { nodes, partition, gres, time } = flags;
  for (const [name, value] of Object.entries({ partition, gres, time })) {
    if (value !== undefined && !isPlain(value)) {
      throw new UsageError(`--${name} can't be "${value}": a plain word is wanted`);
    }
  }
  if (nodes !== undefined && !(Number.isInteger(nodes) && nodes >= 1)) {
    throw new UsageError(`--nodes needs a whole number of at least 1, not ${nodes}`);
  }
  return { nodes, partition, gres, time };
}

/**
 * Measures a table on a cluster: the networks first, then the cells, each as a task of a job array, and last one job that
 * puts the table together from the cache, as a run on one machine would.
 *
 * @returns The exit code.
 */
export async function onSlurm(
  name: string,
  table: Table,
  files: readonly string[],
  flags: ClusterFlags,
  signal: AbortSignal,
): Promise<number> {
  const options = checked(flags), since = sinceBy(flags), here = passed(flags, since);
  const part = {
    rows: heads("row", flags.rows, Object.keys(table.rows)),
    columns: heads("column", flags.columns, Object.keys(table.columns)),
  };
  const plan = await planOf(table, part, settingBy(flags, signal), flags.retrain);
  const folder = resolve(flags.results!, `slurm-${name}-${Date.now().toString(36)}`), deno = Deno.execPath();
  const task = (step: string) => [deno, "run", "-A", script("task.ts"), join(folder, "plan.json"), step];
  const steps: Step[] = [
    ...plan.networks.map((level, i) =>
      stepOf(`networks-${i}`, level.length, task(`networks-${i}`), folder, options)
    ),
    ...(plan.cells.length > 0 ? [stepOf("cells", plan.cells.length, task("cells"), folder, options)] : []),
    stepOf(
      "gather",
      undefined,
      [deno, "run", "-A", script("../reproduce.ts"), name, ...files, ...words(here)],
      folder,
      options,
    ),
  ];
  if (flags["dry-run"]) {
    for (const { name, tasks, script } of steps) {
      console.log(`# ${name}.sh${tasks === undefined ? "" : `, sbatch --array=0-${tasks - 1}`}\n${script}`);
    }
    return 0;
  }
  await Deno.mkdir(join(folder, "logs"), { recursive: true }); // without it every task fails, and nothing says why
  const kept: KeptPlan = {
    ...plan,
    experiment: name,
    files: files.map((file) => resolve(file)),
    flags: here,
  };
  await writeAtomically(join(folder, "plan.json"), JSON.stringify(kept));
  for (const { name, script } of steps) await writeAtomically(join(folder, `${name}.sh`), script);
  const every = Number(Deno.env.get("GCLN_SLURM_POLL") ?? 10_000);
  const isComplete = await drive(steps, folder, options, {
    every,
    say: (line) => console.error(line),
    signal,
  });
  const log = await Deno.readTextFile(join(folder, "logs", "gather.log")).catch(() => undefined);
  if (log === undefined) throw new UserError(`The last job left no text: see ${folder}/logs`);
  console.log(log.trimEnd());
  return isComplete && /^Written: /m.test(log) ? 0 : 1;
}
