import { join } from "node:path";

/** What Slurm is asked for, as its own flags have it. */
export interface SlurmOptions {
  /** The most nodes that work at once. */
  readonly nodes?: number | undefined;
  readonly partition?: string | undefined;
  readonly gres?: string | undefined;
  /** For one task: `2:00:00`. */
  readonly time?: string | undefined;
}

/** A step of the work: one job array, or one job. */
export interface Step {
  /** `networks-0`, `cells`, `gather`. */
  readonly name: string;
  /** How many tasks; absent where it is one job. */
  readonly tasks?: number;
  /** Its script, which `sbatch` takes. */
  readonly script: string;
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Whether a flag for Slurm is a plain word: what goes into a script's head must not end its line. */
export function isPlain(word: string): boolean {
  return /^[\w@%+=:,./-]+$/.test(word);
}

/** The flags of every task. */
function heads(
  name: string,
  log: string,
  folder: string,
  { partition, gres, time }: SlurmOptions,
): string[] {
  return [
    `--job-name=gcln-${name}`,
    "--ntasks=1",
    "--requeue", // a task whose node is lost, or that is preempted, goes back into the queue
    "--open-mode=append",
    ...(partition ? [`--partition=${partition}`] : []),
    ...(gres ? [`--gres=${gres}`] : []),
    ...(time ? [`--time=${time}`] : []),
    `--output=${join(folder, "logs", log)}`,
  ];
}

/** The script of an array whose task i runs piece i of the plan, or of one job where there is no count. */
export function stepOf(
  name: string,
  tasks: number | undefined,
  command: readonly string[],
  folder: string,
  options: SlurmOptions,
): Step {
  const all = heads(name, tasks === undefined ? `${name}.log` : `${name}-%a.log`, folder, options).map((
    flag,
  ) => `#SBATCH ${flag}`);
  // exec: signals and exit codes are the program's.
  const script = ["#!/bin/sh", ...all, `exec ${command.map(quoted).join(" ")}`, ""].join("\n");
  return { name, script, ...(tasks === undefined ? {} : { tasks }) };
}
