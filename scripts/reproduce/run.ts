import { cellCache, type Result } from "../../lib/evaluation/mod.ts";
import {
  type ExperimentOptions,
  type Figure,
  illustrate,
  type MeasuringOptions,
  reproduce,
  reproduceFigure,
  type Table,
  visualise,
} from "../../lib/experiments/mod.ts";
import { featureMaps, gallery, likenessToMarkdown, panelsOf, type Verdict } from "../../lib/report/mod.ts";
import { tf } from "../../lib/tensor/mod.ts";
import type { Experiment, Shown } from "./experiments.ts";
import { markdownOf, marked, type Outcome, outcomeOf } from "./files.ts";
import { type AnyFlags, checkDataset, count, heads } from "./flags.ts";
import { toTrain } from "./to_train.ts";

/** How many times the gallery amplifies what an attack has changed. */
const AMPLIFY = 8;
/** Pixels of a figure's picture for each of its own. */
const SCALE = 2;

/** Measures an experiment as the flags say. */
export async function run(
  experiment: Experiment,
  flags: AnyFlags,
  measuring: MeasuringOptions,
): Promise<Outcome> {
  switch (experiment.kind) {
    case "table":
      return await table(experiment.data, experiment.shown, flags, measuring);
    case "figure":
      return await figure(experiment.data, flags, measuring);
    case "view":
      return await view(experiment.data, flags, measuring);
    default:
      return experiment satisfies never;
  }
}

/** Throws where a flag is wrong, before anything is measured. */
export function check(experiment: Experiment, flags: AnyFlags): void {
  count("examples", flags.examples, 1);
  checkDataset(flags);
  if (experiment.kind === "figure") return void curvesBy(experiment.data, flags);
  const { rows, columns } = experiment.data;
  heads("row", flags.rows ?? (flags.row === undefined ? undefined : [flags.row]), Object.keys(rows));
  heads("column", flags.columns, Object.keys(columns));
}

function rowsBy(flags: AnyFlags): "measured" | "all" {
  return flags["all-rows"] ? "all" : "measured";
}

function curvesBy({ panels: all }: Figure, flags: AnyFlags) {
  const panels = heads("panel", flags.panels, Object.keys(all));
  const shown = panels ?? Object.keys(all);
  const curves = heads("curve", flags.curves, [
    ...new Set(shown.flatMap((place) => Object.keys(all[place]!.curves))),
  ]);
  return { ...(panels ? { panels } : {}), ...(curves ? { curves } : {}) };
}

/** The options of a run that measures, from its flags. */
export function measuringBy(
  flags: AnyFlags,
  setting: ExperimentOptions,
  since: Date | undefined,
): MeasuringOptions {
  const { examples, search, untrained, retrain = false, fresh = false } = flags,
    from = since ? { since } : {};
  return {
    ...setting,
    ...from,
    ...(examples ? { examples } : {}),
    ...(search ? { search: search as NonNullable<MeasuringOptions["search"]> } : {}),
    ...(untrained ? { untrained: untrained as NonNullable<MeasuringOptions["untrained"]> } : {}),
    retrain,
    cells: cellCache({ fresh: fresh || retrain, ...from }),
  };
}

/** The heads of the rows that flags choose; undefined for all. */
function rowsOf({ rows }: Table, flags: AnyFlags): string[] | undefined {
  return heads("row", flags.rows, Object.keys(rows));
}

/** Says what is trained before an experiment is measured; undefined where nothing is, or it can't be told. */
export async function training(
  { kind, data }: Experiment,
  flags: AnyFlags,
  measuring: MeasuringOptions,
): Promise<string | undefined> {
  if (kind !== "table") return undefined;
  return await toTrain(data, rowsOf(data, flags) ?? Object.keys(data.rows), measuring);
}

/** A table, or the part of it that flags choose. */
export async function tableBy(data: Table, flags: AnyFlags, measuring: MeasuringOptions): Promise<Result> {
  const rows = rowsOf(data, flags), columns = heads("column", flags.columns, Object.keys(data.columns));
  return await reproduce(data, {
    ...measuring,
    ...(rows ? { rows } : {}),
    ...(columns ? { columns } : {}),
  });
}

async function table(
  data: Table,
  shown: Shown | undefined,
  flags: AnyFlags,
  measuring: MeasuringOptions,
): Promise<Outcome> {
  const result = await tableBy(data, flags, measuring);
  // A row that was not asked for may not have its networks yet.
  const isMeasured = shown !== undefined && Object.hasOwn(result.rows, shown.row);
  const pictures = isMeasured ? await pictureOrNone(() => picture(data, shown, measuring)) : {};
  return outcomeOf(marked(result, flags), pictures, rowsBy(flags));
}

/** A table is whole without its picture: where the library for pictures does not load, one line says so. */
async function pictureOrNone(draw: () => Promise<Uint8Array>): Promise<{ readonly png?: Uint8Array }> {
  try {
    return { png: await draw() };
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('"sharp"')) throw error;
    console.error(
      "No picture: the library sharp does not load. Without --allow-ffi it can't, else `deno task setup --force`",
    );
    return {};
  }
}

/** Original, attacked, cleaned and amplified difference of a few images, as PNG. */
async function picture(table: Table, shown: Shown, setting: ExperimentOptions): Promise<Uint8Array> {
  const { images, truth, predictions } = await illustrate(table, { ...shown, ...setting });
  const captions = Object.fromEntries(
    Object.entries(predictions).map(([column, names]) => [
      column,
      names.map((text, i): Verdict => ({ text, correct: text === truth[i] })),
    ]),
  );
  const { png } = await gallery(images, { labels: truth, captions, amplify: AMPLIFY });
  tf.dispose(Object.values(images));
  return png;
}

async function figure(data: Figure, flags: AnyFlags, measuring: MeasuringOptions): Promise<Outcome> {
  const result = await reproduceFigure(data, { ...measuring, ...curvesBy(data, flags) });
  const drawn = panelsOf(result);
  return outcomeOf(
    marked(result, flags),
    { png: await drawn.png(SCALE), svg: await drawn.svg() },
    rowsBy(flags),
  );
}

async function view(data: Table, flags: AnyFlags, measuring: MeasuringOptions): Promise<Outcome> {
  const columns = heads("column", flags.columns, Object.keys(data.columns));
  const { shown, truth, result, dispose } = await visualise(data, {
    ...measuring,
    ...(flags.row === undefined ? {} : { row: flags.row }),
    ...(columns ? { columns } : {}),
  });
  try {
    const { png } = await featureMaps(shown, { layers: result.layers, truth });
    const found = marked(result, flags), text = likenessToMarkdown(found);
    return { found, text, brief: () => text, files: { md: markdownOf(found), png } };
  } finally {
    dispose();
  }
}
