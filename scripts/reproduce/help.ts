/**
 * Measures the cells of a table beside the process that has started it (together.ts), and writes no result. What it has measured
 * lies in the cache, where that process finds it.
 *
 *     deno run -A scripts/reproduce/help.ts '{"name": "table1", "files": [], "flags": {"profile": "quick", "seed": 1}}'
 */
import { type BackendName, useBackend } from "../../lib/tensor/mod.ts";
import { experiments, experimentsIn } from "./experiments.ts";
import { settingBy } from "./flags.ts";
import { measuringBy, tableBy } from "./run.ts";
import type { Helped } from "./together.ts";

async function help({ name, files, flags, since }: Helped): Promise<void> {
  const { [name]: experiment } = { ...experiments, ...await experimentsIn(files) };
  if (experiment?.kind !== "table") throw new Error(`${name} is no table`);
  await useBackend(flags.backend as BackendName | undefined);
  const measuring = measuringBy(
    flags,
    settingBy(flags, new AbortController().signal),
    since === undefined ? undefined : new Date(since),
  );
  await tableBy(experiment.data, flags, measuring);
}

/** Waits until who has started this process has closed its input, or has ended. */
async function left(): Promise<void> {
  for await (const _ of Deno.stdin.readable);
}

if (import.meta.main) {
  await Promise.race([left(), help(JSON.parse(Deno.args[0]!))]);
  Deno.exit();
}
