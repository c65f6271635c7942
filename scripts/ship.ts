/**
 * Writes the networks that experiments need into fixtures/trained, as float16 safetensors with spec and history. They are read
 * from the user's cache, or trained now (those of profile `quick` take half an hour on two cores).
 *
 *     deno run -A scripts/ship.ts
 *     deno run -A scripts/ship.ts table1 --profile=course --seed=2 --untrained=skip
 */
import { defenseOf, type MeasuredRow, substituteSpec } from "../lib/defenses/mod.ts";
import {
  circumstancesOf,
  type ExperimentOptions,
  type Figure,
  isMeasured,
  pointsOf,
  type ProfileName,
  profiles,
  type Row,
  table1,
} from "../lib/experiments/mod.ts";
import { progress } from "../lib/report/mod.ts";
import { useBackend } from "../lib/tensor/mod.ts";
import { readIfThere, sha256, writeAtomically } from "../lib/files/mod.ts";
import { exportTrained, idOf, isTrained, trained, type TrainedSpec } from "../lib/training/mod.ts";
import { type Command, type Flags, runCommand } from "./cli/command.ts";
import { isStop, stopping } from "./cli/stopping.ts";
import { experiments } from "./reproduce/experiments.ts";

const command = {
  name: "deno run -A scripts/ship.ts",
  summary: "Writes the networks of a profile into fixtures/trained.",
  positionals: {
    name: "EXPERIMENT",
    help: "whose networks; default: all",
    choices: Object.keys(experiments),
  },
  flags: {
    folder: { kind: "string", help: "where to", placeholder: "FOLDER", default: "fixtures/trained" },
    profile: { kind: "string", help: "how large", choices: Object.keys(profiles), default: "quick" },
    digests: {
      kind: "boolean",
      help: "trains nothing: adds the digests of files in the folder that have none",
    },
    seed: { kind: "number", help: "the seed of the networks", default: 1 },
    untrained: {
      kind: "string",
      help: "networks that are not in the cache",
      choices: ["train", "skip"],
      default: "train",
    },
  },
} as const satisfies Command<Flags>;

function rowsOfFigure({ panels }: Figure): Row[] {
  return Object.values(panels).flatMap(({ curves }) => Object.values(curves)).flatMap(pointsOf).map((
    { row },
  ) => row);
}

/** The measured rows of some experiments. */
function rows(names: readonly string[]): MeasuredRow[] {
  return Object.entries(experiments).filter(([name]) => names.includes(name)).map(([, experiment]) =>
    experiment
  )
    .flatMap(({ kind, data }) => kind === "figure" ? rowsOfFigure(data) : Object.values(data.rows))
    .filter(isMeasured);
}

/** The specs of all networks that some experiments need, by their ids. */
async function specs(
  names: readonly string[],
  options: ExperimentOptions,
): Promise<ReadonlyMap<string, TrainedSpec>> {
  const circumstances = circumstancesOf(table1, options), { profile, dataset, seed } = circumstances;
  const needed = rows(names).flatMap((row) => Object.values(defenseOf(row).needs(row, circumstances)));
  const all = [...needed, substituteSpec(profile, dataset, seed)];
  return new Map(await Promise.all(all.map(async (spec) => [await idOf(spec), spec] as const)));
}

/**
 * Adds digests to `trained_sha256.json`, by which the kit knows shipped files: of those that were written now, and of those that it does
 * not know. The digest of a file that it knows stays, so that a damaged one is refused.
 *
 * @returns The names of the files whose digests are new.
 */
async function keepDigests(folder: string, written: ReadonlyMap<string, Uint8Array>): Promise<string[]> {
  const path = `${folder}_sha256.json`, bytes = await readIfThere(path);
  const known: Record<string, string> = bytes ? JSON.parse(new TextDecoder().decode(bytes)) : {};
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".safetensors")
  );
  const added = names.filter((name) => written.has(name) || !Object.hasOwn(known, name)).sort();
  for (const name of added) {
    known[name] = await sha256(written.get(name) ?? await Deno.readFile(`${folder}/${name}`));
  }
  const all = Object.entries(known).filter(([name]) => names.includes(name)).sort(([a], [b]) =>
    a < b ? -1 : 1
  );
  await writeAtomically(path, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
  return added;
}

await runCommand(command, async ({ flags: { folder, profile, seed, untrained, digests }, words }) => {
  using stop = await stopping();
  if (digests) {
    const added = await keepDigests(folder, new Map());
    console.log(
      added.length === 0 ? "The digests of all files are there" : `Digests added: ${added.join(", ")}`,
    );
    return;
  }
  await useBackend();
  let total = 0;
  const names = words.length > 0 ? words : Object.keys(experiments);
  for (const [id, spec] of await specs(names, { profile: profile as ProfileName, seed })) {
    if (untrained === "skip" && !await isTrained(spec, { shipped: "ignore" })) {
      console.log(`${id}: not trained yet`);
      continue;
    }
    const network = await trained(spec, { shipped: "ignore", progress, signal: stop.signal }).catch(
      (error) => {
        if (isStop(error)) return undefined;
        throw error;
      },
    );
    if (network === undefined) {
      console.error("Stopped. The training has kept its checkpoint; the same command goes on from here.");
      return stop.code();
    }
    const bytes = await exportTrained(network, "float16");
    network.dispose();
    await writeAtomically(`${folder}/${id}.safetensors`, bytes);
    await keepDigests(folder, new Map([[`${id}.safetensors`, bytes]]));
    total += bytes.length;
    console.log(`${id}: ${bytes.length} bytes`);
  }
  console.log(`${total} bytes in all, in ${folder}`);
});
