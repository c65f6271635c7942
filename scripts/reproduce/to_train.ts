/** What a run trains before it measures, in words. */
import { defenseOf, hasOnlySubstitute, substituteSpec } from "../../lib/defenses/mod.ts";
import { circumstancesOf, type MeasuringOptions, profiles, type Table } from "../../lib/experiments/mod.ts";
import { idOf, isTrained, type TrainedSpec, withNeeded } from "../../lib/training/mod.ts";
import { duration } from "./summary.ts";

/**
 * Passes of training images through the networks in a second, on two cores with the native engine; roughly, from the
 * times that the tables of these profiles took. None is known for others.
 */
const PASSES_A_SECOND: Readonly<Record<string, number>> = { quick: 2500, course: 400 };

/**
 * The networks that rows of a table need and that are not there, from one seed. What another network was made from is needed
 * only where that one is not there.
 */
async function missing(
  table: Table,
  chosen: readonly string[],
  options: MeasuringOptions,
): Promise<readonly TrainedSpec[]> {
  const circumstances = circumstancesOf(table, options), { profile, dataset, seed, training } = circumstances;
  const { rows, columns } = table;
  const black = Object.values(columns).some((column) =>
    "surrogate" in column && hasOnlySubstitute(column.surrogate)
  );
  const needed = chosen.flatMap((head) => {
    const row = rows[head]!;
    return row.defense === "not measured yet" ? [] : Object.values(defenseOf(row).needs(row, circumstances));
  });
  const isMissing = async (spec: TrainedSpec) => options.retrain === true || !await isTrained(spec, training);
  const found = new Map<string, TrainedSpec>();
  for (const spec of [...needed, ...(black ? [substituteSpec(profile, dataset, seed)] : [])]) {
    if (!await isMissing(spec)) continue;
    for (const made of withNeeded(spec)) if (await isMissing(made)) found.set(await idOf(made), made);
  }
  return [...found.values()];
}

/** The passes that a training takes: more where each image is attacked first. */
function passesOf(spec: TrainedSpec): number {
  const { images = 0, adversary } =
    (spec as { training?: { images?: number; adversary?: { attack?: { steps?: number } } } })
      .training ?? {};
  const each = spec.kind === "gcln" ? 8 : 1 + (adversary?.attack?.steps ?? 0);
  return images * each;
}

/**
 * Says what will be trained, and about how long that takes; undefined where everything is there.
 *
 * @param table The table.
 * @param chosen The heads of the rows that are measured.
 * @param options The run's.
 */
export async function toTrain(
  table: Table,
  chosen: readonly string[],
  options: MeasuringOptions,
): Promise<string | undefined> {
  if (options.untrained === "skip") return undefined;
  const specs = await missing(table, chosen, options);
  if (specs.length === 0) return undefined;
  const ids = await Promise.all(specs.map(idOf)), { profile } = options;
  const name = typeof profile === "string" ? profile : Object.keys(profiles)[0]!,
    rate = PASSES_A_SECOND[name];
  const seconds = specs.reduce((sum, spec) => sum + passesOf(spec), 0) / (rate ?? 1);
  const time = rate === undefined
    ? "This takes hours on a GPU, and days without one"
    : `Roughly ${duration(seconds)} on two cores`;
  return `${
    options.retrain ? "Trained anew" : "Not there yet, so trained"
  } before anything is measured: ${ids.length} ${ids.length === 1 ? "network" : "networks"} from this seed (${
    ids.map((id) => id.replace(/-[0-9a-f]{12}$/, "")).join(", ")
  }). ${time}; they are kept. ` +
    "--untrained=skip leaves out what needs them.";
}
