/**
 * `deno task data`: which data sets are on this machine, and where.
 *
 *     deno task data                           all of them
 *     deno task data cifar10 --download        fetches what is missing
 *     deno task data street-digits --sheet     a picture of 100 images, in results/
 */
import { join } from "node:path";
import { parseArgs } from "@std/cli/parse-args";
import sharp from "sharp";
import { DataError, type Dataset, type DatasetName, datasets, locate } from "../lib/data/mod.ts";

const HELP = `deno task data [NAME…] [--folder=DIR] [--download] [--sheet] [--split=train|test]

  NAME           ${Object.keys(datasets).join(", ")}; default all
  --folder=DIR   look there first (default: the environment's GCLN_DATA)
  --download     fetch what is missing into the user's cache folder
  --sheet        write a picture of 100 images to results/data-NAME-SPLIT.png
  --split        of the picture: test (default) or train
  --help         this text
`;

/** The picture's images side by side and below each other, and how much larger they are drawn. */
const COLUMNS = 20, ROWS = 5, SCALE = 3;

/** Something the user can mend; its message is all that is printed. */
class UsageError extends Error {}

function options(args: readonly string[]) {
  const known = ["folder", "download", "sheet", "split", "help"];
  const parsed = parseArgs([...args], {
    string: ["_", "folder", "split"],
    boolean: ["download", "sheet", "help"],
    default: { split: "test" },
    unknown: (arg: string, key?: string) => {
      if (key === undefined) return true;
      throw new UsageError(`Unknown flag ${arg}; did you mean --${nearest(key, known)}?`);
    },
  });
  const { split } = parsed;
  if (split !== "train" && split !== "test") {
    throw new UsageError(`--split is ${split || "empty"}, train or test is wanted`);
  }
  if (parsed.folder === "") throw new UsageError("--folder needs a folder: --folder=DIR");
  const names = (parsed._ as unknown[]).map((name) => datasetName(String(name)));
  return {
    names: names.length > 0 ? names : Object.keys(datasets) as DatasetName[],
    load: {
      ...(parsed.folder ? { folder: parsed.folder as string } : {}),
      download: parsed.download as boolean,
    },
    split: split as "train" | "test",
    sheet: parsed.sheet as boolean,
    help: parsed.help as boolean,
  };
}

function datasetName(name: string): DatasetName {
  if (name in datasets) return name as DatasetName;
  throw new UsageError(`Unknown data set ${name}; did you mean ${nearest(name, Object.keys(datasets))}?`);
}

/** The known word that takes the fewest edits to get to (Levenshtein). */
function nearest(word: string, known: readonly string[]): string {
  const edits = (a: string, b: string): number => {
    let row = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
      }
      row = next;
    }
    return row[b.length]!;
  };
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return known.toSorted((a, b) => edits(plain(word), plain(a)) - edits(plain(word), plain(b)))[0]!;
}

async function list(name: DatasetName, load: { readonly folder?: string }): Promise<void> {
  const files = await locate(name, load);
  console.log(files.length === 0 ? `${name}: painted here, nothing to fetch` : `${name}:`);
  for (const { file, path, state } of files) console.log(`  ${state.padEnd(8)}  ${path ?? file}`);
}

async function writeSheet(data: Dataset): Promise<string> {
  const [height, width, channels] = data.shape, cell = [height + 2, width + 2] as const;
  const shown = data.take(Math.min(data.size, COLUMNS * ROWS)), pixels = shown.pixels;
  const size = { width: COLUMNS * cell[1], height: ROWS * cell[0] };
  const sheet = new Uint8Array(size.width * size.height * channels);
  for (let row = 0; row < shown.size * height; row++) {
    const image = Math.floor(row / height), top = Math.floor(image / COLUMNS) * cell[0] + row % height;
    const at = (top * size.width + image % COLUMNS * cell[1]) * channels;
    sheet.set(pixels.subarray(row * width * channels, (row + 1) * width * channels), at);
  }
  const path = join("results", `data-${data.name}-${data.split}.png`);
  await Deno.mkdir("results", { recursive: true });
  await sharp(sheet, { raw: { ...size, channels: channels as 1 | 3 } })
    .resize(size.width * SCALE, size.height * SCALE, { kernel: "nearest" })
    .png()
    .toFile(path);
  return path;
}

async function main(args: readonly string[]): Promise<void> {
  const { names, load, split, sheet, help } = options(args);
  if (help) return console.log(HELP);
  for (const name of names) {
    if (load.download) { for (const part of ["train", "test"] as const) await datasets[name](part, load); }
    await list(name, load);
    if (sheet) console.log(`  ${await writeSheet(await datasets[name](split, load))}`);
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof DataError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
