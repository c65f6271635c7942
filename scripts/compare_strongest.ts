/**
 * `deno task compare:strongest` measures `strongest` beside AutoAttack and the attacks that a table has for each row, all on
 * the same images: is the automatic attack as strong as those that were made by hand?
 *
 *     deno task compare:strongest --profile=course --examples=200
 */
import { cellCache } from "../lib/evaluation/mod.ts";
import {
  besideStrongest,
  circumstancesOf,
  type MeasuringOptions,
  reproduce,
  strongestBeside,
  type Table,
} from "../lib/experiments/mod.ts";
import { jupyterDisplay, tabulated, type TextOptions } from "../lib/report/mod.ts";
import { type BackendName, useBackend } from "../lib/tensor/mod.ts";
import { type Command, type Flags, runCommand } from "./cli/command.ts";
import { isStop, stopping } from "./cli/stopping.ts";
import { comparedInWords, comparedRows } from "./compare_strongest/words.ts";
import { experiments } from "./reproduce/experiments.ts";
import { marked, outcomeOf, printed, terminalColumns, write } from "./reproduce/files.ts";
import {
  type AnyFlags,
  checkDataset,
  common,
  count,
  goesOn,
  heads,
  measuring,
  parts,
  settingBy,
  sinceBy,
  withDatasets,
} from "./reproduce/flags.ts";

const tables = Object.fromEntries(
  Object.entries(experiments).flatMap(([name, { kind, data }]) => kind === "table" ? [[name, data]] : []),
) as Readonly<Record<string, Table>>;

const flags = {
  ...common,
  ...measuring,
  table: { kind: "string", help: "whose rows and attacks", choices: Object.keys(tables), default: "table1" },
  rows: parts.rows,
} as const satisfies Flags;

const command: Command<Flags> = {
  name: "deno task compare:strongest",
  summary: "Measures strongest beside AutoAttack and each row's own attacks, on the same images.\n" +
    "Cells that a table has already are taken from it. AutoAttack takes up to 9 000 passes for an image that stands.",
  flags: withDatasets(flags),
  examples: [
    "deno task compare:strongest",
    "deno task compare:strongest --table=table2 --profile=course --examples=200",
  ],
};

async function compare(flags: AnyFlags & { readonly table?: string }): Promise<number> {
  using stop = await stopping();
  const table = tables[flags.table!]!, beside = strongestBeside(table);
  const since = sinceBy(flags), setting = settingBy(flags, stop.signal), from = since ? { since } : {};
  checkDataset(flags);
  const rows = heads("row", flags.rows, Object.keys(beside.rows));
  const examples = count("examples", flags.examples, 1) ?? circumstancesOf(table, setting).profile.examples;
  const { description } = await useBackend(flags.backend as BackendName | undefined);
  console.error(`Backend: ${description}. Ctrl-C stops; ${goesOn(since)}.`);
  const { retrain = false, fresh = false, search, untrained } = flags;
  try {
    const result = await reproduce(beside, {
      seeds: 1,
      ...setting,
      ...from,
      examples,
      ...(rows ? { rows } : {}),
      search: search as NonNullable<MeasuringOptions["search"]>,
      untrained: untrained as NonNullable<MeasuringOptions["untrained"]>,
      retrain,
      cells: cellCache({ fresh: fresh || retrain, ...from }),
    });
    const compared = besideStrongest(result), words = comparedInWords(compared);
    const found = { ...marked(result, flags), notes: [words, ...result.notes ?? []], beside: compared };
    const { text, brief, files } = outcomeOf(found, {}, flags["all-rows"] ? "all" : "measured");
    const small = (await tabulated(comparedRows(compared))[jupyterDisplay]())["text/markdown"]!;
    const withWords = (text: string) => [words, small, text].join("\n\n"), whole = withWords(text);
    const outcome = {
      found,
      text: whole,
      brief: (options: TextOptions) => withWords(brief(options)),
      files: { ...files, md: whole },
    };
    const written = await write(outcome, flags.results!, flags);
    console.error(`Written: ${written.line}`);
    console.log(printed(outcome, written, terminalColumns()));
    return 0;
  } catch (error) {
    if (!isStop(error)) throw error;
    console.error(`Stopped. Finished cells are kept; ${goesOn(since)}.`);
    return stop.code();
  }
}

await runCommand(command, ({ flags }) => compare(flags as AnyFlags));
