/**
 * Writes the networks that the paper's experiments need at profile `quick` into fixtures/trained, as float16 safetensors
 * with spec and history. They are read from the user's cache, or trained now (all take half an hour on two cores).
 *
 *     deno run -A scripts/ship.ts
 */
import { defenseOf, type MeasuredRow, substituteSpec } from "../lib/defenses/mod.ts";
import {
  circumstancesOf,
  type Figure,
  isMeasured,
  pointsOf,
  type Row,
  table1,
} from "../lib/experiments/mod.ts";
import { progress } from "../lib/report/mod.ts";
import { useBackend } from "../lib/tensor/mod.ts";
import { writeAtomically } from "../lib/files/mod.ts";
import { exportTrained, idOf, trained, type TrainedSpec } from "../lib/training/mod.ts";
import { type Command, type Flags, runCommand } from "./cli/command.ts";
import { experiments } from "./reproduce/experiments.ts";

const command = {
  name: "deno run -A scripts/ship.ts",
  summary: "Writes the networks of the quick profile into fixtures/trained.",
  flags: { folder: { kind: "string", help: "where to", placeholder: "FOLDER", default: "fixtures/trained" } },
} as const satisfies Command<Flags>;

function rowsOfFigure({ panels }: Figure): Row[] {
  return Object.values(panels).flatMap(({ curves }) => Object.values(curves)).flatMap(pointsOf).map((
    { row },
  ) => row);
}

/** The measured rows of all experiments. */
function rows(): MeasuredRow[] {
  return Object.values(experiments)
    .flatMap(({ kind, data }) => kind === "figure" ? rowsOfFigure(data) : Object.values(data.rows))
    .filter(isMeasured);
}

/** The specs of all networks that the experiments need, by their ids. */
async function specs(): Promise<ReadonlyMap<string, TrainedSpec>> {
  const circumstances = circumstancesOf(table1, { profile: "quick" }),
    { profile, dataset, seed } = circumstances;
  const needed = rows().flatMap((row) => Object.values(defenseOf(row).needs(row, circumstances)));
  const all = [...needed, substituteSpec(profile, dataset, seed)];
  return new Map(await Promise.all(all.map(async (spec) => [await idOf(spec), spec] as const)));
}

await runCommand(command, async ({ flags: { folder } }) => {
  await useBackend();
  let total = 0;
  for (const [id, spec] of await specs()) {
    const network = await trained(spec, { shipped: "ignore", progress });
    const bytes = await exportTrained(network, "float16");
    network.dispose();
    await writeAtomically(`${folder}/${id}.safetensors`, bytes);
    total += bytes.length;
    console.log(`${id}: ${bytes.length} bytes`);
  }
  console.log(`${total} bytes in all, in ${folder}`);
});
