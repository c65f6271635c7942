/**
 * `deno task reproduce:table1` and its like: measures a table of the paper and prints it beside what is reported.
 *
 *     deno task reproduce:table1 --profile=course --dataset=fashion-mnist
 */
import { type DatasetName, datasets } from "../lib/data/mod.ts";
import { cellCache, type Result } from "../lib/evaluation/mod.ts";
import {
  illustrate,
  type ProfileName,
  profiles,
  reproduce,
  type SettingOptions,
  type Table,
  table1,
} from "../lib/experiments/mod.ts";
import { gallery, progress, toHtml, toMarkdown, type Verdict } from "../lib/report/mod.ts";
import { type BackendName, backendNames, tf, useBackend } from "../lib/tensor/mod.ts";
import { writeAtomically } from "../lib/training/mod.ts";
import {
  choose,
  type Command,
  type Flags as FlagSpecs,
  type Parsed,
  runCommand,
  UsageError,
} from "./cli/command.ts";

/** The cell whose images the gallery shows. */
interface Shown {
  readonly row: string;
  readonly column: string;
}

/** The experiments, and what of them is shown. */
const experiments: Readonly<Record<string, { readonly table: Table; readonly shown?: Shown }>> = {
  table1: { table: table1, shown: { row: "Our method (Qs = 10)", column: "BPDA PGD" } },
};

const AMPLIFY = 8;

function command(name: string) {
  return {
    name: `deno task reproduce:${name}`,
    summary:
      `Measures the paper's ${name} (${
        experiments[name]!.table.title
      }) and prints it beside the reported numbers.\n` +
      "Finished cells are kept: a run that was stopped goes on where it was.",
    flags: {
      profile: { kind: "string", help: "how large", choices: Object.keys(profiles), default: "quick" },
      dataset: {
        kind: "string",
        help: "instead of the profile's or the paper's",
        choices: Object.keys(datasets),
      },
      rows: {
        kind: "strings",
        help: "only these rows, by their heads; commas between several",
        placeholder: "ROW",
      },
      columns: { kind: "strings", help: "only these columns; commas between several", placeholder: "COLUMN" },
      examples: { kind: "number", help: "test images a cell" },
      seed: { kind: "number", help: "fixes everything that is random", default: 1 },
      backend: {
        kind: "string",
        help: "the engine (default: the fastest that is there)",
        choices: backendNames,
      },
      results: {
        kind: "string",
        help: "where the results are written",
        placeholder: "FOLDER",
        default: "results",
      },
      retrain: {
        kind: "boolean",
        help: "trains the networks anew instead of taking the shipped or cached ones",
      },
      fresh: { kind: "boolean", help: "measures every cell anew instead of taking finished ones" },
    },
    examples: [
      `deno task reproduce:${name} --examples=50 --columns=Clean,PGD`,
      `deno task reproduce:${name} --profile=course --dataset=fashion-mnist`,
      `deno task reproduce:${name} '--rows=No Defense,Our method (Qs = 10)'`,
    ],
  } as const satisfies Command<FlagSpecs>;
}

type Flags = Parsed<ReturnType<typeof command>["flags"]>["flags"];

/** The heads that a flag names, each checked; `undefined` means all. */
function heads(
  what: string,
  given: readonly string[] | undefined,
  known: readonly string[],
): string[] | undefined {
  const words = (given ?? []).flatMap((text) => text.split(",")).map((word) => word.trim()).filter(Boolean);
  return words.length === 0 ? undefined : words.map((word) => choose(what, word, known));
}

function count(name: string, value: number | undefined, least: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return value;
  throw new UsageError(`--${name} needs a whole number of at least ${least}, not ${value}`);
}

/** Original, attacked, cleaned and amplified difference of a few images, as PNG. */
async function picture(table: Table, shown: Shown, setting: SettingOptions): Promise<Uint8Array> {
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

/** Writes the result in all its forms; returns the files' common stem. */
async function write(result: Result, png: Uint8Array | undefined, folder: string): Promise<string> {
  const stem = `${folder}/${result.experiment}-${result.profile}-${result.dataset}`;
  await writeAtomically(`${stem}.json`, `${JSON.stringify(result, null, 2)}\n`);
  await writeAtomically(`${stem}.md`, toMarkdown(result));
  await writeAtomically(`${stem}.html`, toHtml(result));
  if (png !== undefined) await writeAtomically(`${stem}.png`, png);
  return stem;
}

async function main(name: string, flags: Flags): Promise<void> {
  const { table, shown } = experiments[name]!;
  const rows = heads("row", flags.rows, Object.keys(table.rows));
  const columns = heads("column", flags.columns, Object.keys(table.columns));
  const examples = count("examples", flags.examples, 1), seed = count("seed", flags.seed, 0)!;
  const { description } = await useBackend(flags.backend as BackendName | undefined);
  console.error(`Backend: ${description}. Ctrl-C stops; the same command goes on.`);
  const stop = new AbortController();
  Deno.addSignalListener("SIGINT", () => stop.abort());
  const setting: SettingOptions = {
    profile: flags.profile as ProfileName,
    ...(flags.dataset ? { dataset: flags.dataset as DatasetName } : {}),
    ...(flags.retrain ? { shipped: "ignore" } : {}),
    seed,
    progress,
    signal: stop.signal,
  };
  try {
    const result = await reproduce(table, {
      ...setting,
      ...(rows ? { rows } : {}),
      ...(columns ? { columns } : {}),
      ...(examples ? { examples } : {}),
      retrain: flags.retrain,
      cells: cellCache({ fresh: flags.fresh || flags.retrain }),
    });
    // A row that was not asked for may not have its networks yet.
    const isMeasured = shown !== undefined && Object.hasOwn(result.rows, shown.row);
    const png = isMeasured ? await picture(table, shown, setting) : undefined;
    const stem = await write(result, png, flags.results);
    console.log(toMarkdown(result));
    console.error(`Written: ${stem}.json, .md, .html${png ? ", .png" : ""}`);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
    console.error("Stopped. What is finished is kept; the same command goes on from here.");
    Deno.exit(130);
  }
}

const [name = "", ...args] = Deno.args;
if (!Object.hasOwn(experiments, name)) {
  console.error(
    `Which experiment? There are ${Object.keys(experiments).map((n) => `reproduce:${n}`).join(", ")}`,
  );
  Deno.exit(2);
}
await runCommand(command(name), ({ flags }) => main(name, flags), args);
