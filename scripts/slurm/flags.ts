import type { Flags } from "../cli/command.ts";

/** The flags for a cluster. */
export const slurmFlags = {
  on: {
    kind: "string",
    help: "hands the work to a cluster's queue instead of doing it here",
    choices: ["slurm"],
  },
  nodes: { kind: "number", help: "with --on: the most tasks at once (default: as many as the queue starts)" },
  partition: { kind: "string", help: "with --on: Slurm's partition" },
  gres: { kind: "string", help: "with --on: what each task needs, such as gpu:1", placeholder: "LIST" },
  time: { kind: "string", help: "with --on: the limit of one task, such as 2:00:00", placeholder: "TIME" },
  "dry-run": { kind: "boolean", help: "with --on: prints the scripts and hands nothing in" },
} as const satisfies Flags;
