/**
 * One piece of a plan, as a task of a job array: trains a network, or measures a cell. What it makes lies in the cache, under
 * the same name as on one machine; a mark in the run's folder says that it is there.
 *
 *     deno run -A scripts/slurm/task.ts PLAN STEP
 */
import { dirname, join } from "node:path";
import { reproduce } from "../../lib/experiments/mod.ts";
import { writeAtomically } from "../../lib/files/mod.ts";
import { type BackendName, useBackend } from "../../lib/tensor/mod.ts";
import { trained } from "../../lib/training/mod.ts";
import { isStop, stopping } from "../cli/stopping.ts";
import { experiments, experimentsIn } from "../reproduce/experiments.ts";
import { settingBy, sinceBy } from "../reproduce/flags.ts";
import { measuringBy } from "../reproduce/run.ts";
import type { KeptPlan } from "./on_slurm.ts";

async function work([path, step]: readonly string[]): Promise<number> {
  const plan: KeptPlan = JSON.parse(await Deno.readTextFile(path!)),
    task = Number(Deno.env.get("SLURM_ARRAY_TASK_ID"));
  using stop = await stopping();
  const { [plan.experiment]: experiment } = { ...experiments, ...await experimentsIn(plan.files) };
  if (experiment?.kind !== "table") throw new Error(`${plan.experiment} is no table`);
  const setting = settingBy(plan.flags, stop.signal), since = sinceBy(plan.flags);
  await useBackend(plan.flags.backend as BackendName | undefined);
  try {
    const level = /^networks-(\d+)$/.exec(step!)?.[1];
    if (level !== undefined) {
      const spec = plan.networks[Number(level)]![task]!, { progress, signal, shipped } = setting;
      const options = {
        ...(progress ? { progress } : {}),
        ...(signal ? { signal } : {}),
        ...(shipped ? { shipped } : {}),
      };
      const anew = plan.flags.retrain && since ? { retrain: true, since } : {};
      (await trained(spec, { ...options, ...anew })).dispose();
    } else {
      const [row, column] = plan.cells[task]!;
      const measuring = measuringBy(plan.flags, setting, since);
      await reproduce(experiment.data, { ...measuring, rows: [row], columns: [column] });
    }
  } catch (error) {
    if (isStop(error)) return stop.code();
    throw error;
  }
  await writeAtomically(join(dirname(path!), `${step}-${task}.done`), "");
  return 0;
}

if (import.meta.main) Deno.exit(await work(Deno.args));
