/**
 * Writes the networks of the `quick` profile into fixtures/trained, as float16 safetensors with spec and history: from
 * the user's cache, else trained now (minutes on two cores).
 *
 *     deno run -A scripts/ship.ts
 */
import {
  adversarialSpec,
  classifierSpec,
  gclnSpec,
  profiles,
  substituteSpec,
  table1,
} from "../lib/experiments/mod.ts";
import { progress } from "../lib/report/mod.ts";
import { useBackend } from "../lib/tensor/mod.ts";
import { exportTrained, trained, type TrainedOptions, writeAtomically } from "../lib/training/mod.ts";
import { type Command, type Flags, runCommand } from "./cli/command.ts";

const command = {
  name: "deno run -A scripts/ship.ts",
  summary: "Writes the networks of the quick profile into fixtures/trained.",
  flags: { folder: { kind: "string", help: "where to", placeholder: "FOLDER", default: "fixtures/trained" } },
} as const satisfies Command<Flags>;

const SEED = 1;

await runCommand(command, async ({ flags: { folder } }) => {
  await useBackend();
  const { quick } = profiles, data = quick.dataset!;
  const options: TrainedOptions = { shipped: "ignore", progress };
  const networks = [];
  for (const specOf of [classifierSpec, adversarialSpec, substituteSpec]) {
    networks.push(await trained(specOf(quick, data, SEED), options));
  }
  const gclns = Object.values(table1.rows).filter((row) => row.defense === "gcln");
  const cleaners = [];
  for (const row of gclns) cleaners.push(await trained(gclnSpec(quick, data, row, SEED), options));
  let total = 0;
  for (const network of [...networks, ...cleaners]) {
    const bytes = await exportTrained(network, "float16");
    await writeAtomically(`${folder}/${network.id}.safetensors`, bytes);
    total += bytes.length;
    console.log(`${network.id}: ${bytes.length} bytes`);
  }
  console.log(`${total} bytes in all, in ${folder}`);
});
