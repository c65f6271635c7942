/**
 * `deno task data`: shows the data sets on this machine and their folders.
 *
 *     deno task data                           all data sets of the kit
 *     deno task data cifar10 --download        fetches what is missing
 *     deno task data folder:pets               what is in a folder of your own images
 *     deno task data street-digits --sheet     a picture of 100 images, in results/
 */
import { join } from "node:path";
import sharp from "sharp";
import {
  type Dataset,
  type DatasetKind,
  datasetNamed,
  datasets,
  type LoadOptions,
  locate,
  type Split,
} from "../lib/data/mod.ts";
import { type Command, type Flags, runCommand, UsageError } from "./cli/command.ts";

const command = {
  name: "deno task data",
  summary:
    "Shows which data sets are on this machine, and where, or what is in one's own; fetches them, or draws a sheet of " +
    "their images.",
  positionals: {
    name: "NAME",
    help: `only these data sets: ${Object.keys(datasets).join(", ")}, folder:PATH, npz:PATH`,
  },
  flags: {
    dataset: { kind: "strings", help: "the same as a NAME, as other commands have it" },
    folder: {
      kind: "string",
      help: "look there first (default: the environment's GCLN_DATA)",
      placeholder: "DIR",
    },
    download: { kind: "boolean", help: "fetches what is missing into the user's cache folder" },
    sheet: { kind: "boolean", help: "writes a picture of 100 images to results/data-NAME-SPLIT.png" },
    split: { kind: "string", help: "of the picture", choices: ["train", "test"], default: "test" },
  },
  examples: [
    "deno task data cifar10 --download",
    "deno task data folder:pets",
    "deno task data street-digits --sheet",
  ],
} as const satisfies Command<Flags>;

/** The columns, rows and enlargement of the picture. */
const COLUMNS = 20, ROWS = 5, SCALE = 3;

/** The largest number of classes that are counted one by one. */
const LISTED = 20;

async function list(kind: DatasetKind, load: LoadOptions): Promise<void> {
  const { name, files, source } = kind;
  if (files !== undefined) {
    console.log(`${name}:`);
    for (const { file, path, state } of await locate(name, load)) {
      console.log(`  ${state.padEnd(8)}  ${path ?? file}`);
    }
  } else if (Object.hasOwn(datasets, name)) console.log(`${name}: ${source}, nothing to fetch`);
  else await describe(kind);
}

/** Describes a data set of the user, from its facts and labels. */
async function describe(kind: DatasetKind): Promise<void> {
  const { name, facts: { classes, shape: [height, width, channels], examples, normalise } } = kind;
  console.log(`${name}:`);
  console.log(`  images    ${height} × ${width}, ${channels} ${channels === 1 ? "channel" : "channels"}`);
  console.log(`  pixels    mean ${normalise.mean.join(", ")}; deviation ${normalise.deviation.join(", ")}`);
  for (const split of ["train", "test"] as const) {
    console.log(`  ${split.padEnd(8)}  ${examples[split]} images`);
  }
  console.log(`  classes   ${classes.length}`);
  const counts = { train: await perClass(kind, "train"), test: await perClass(kind, "test") };
  for (const [label, title] of classes.slice(0, LISTED).entries()) {
    console.log(`    ${title}: ${counts.train[label]} to train, ${counts.test[label]} to test`);
  }
  if (classes.length > LISTED) console.log(`    and ${classes.length - LISTED} more`);
}

/** The number of images of each class in a split. */
async function perClass(kind: DatasetKind, split: Split): Promise<number[]> {
  const counts = kind.facts.classes.map(() => 0);
  if (kind.facts.examples[split] > 0) { for (const label of (await kind(split)).labels) counts[label]!++; }
  return counts;
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

/** The data set with this name; an unknown name is a mistake of the command line. */
async function named(name: string): Promise<DatasetKind> {
  try {
    return await datasetNamed(name);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

await runCommand(command, async ({ words, flags: { dataset = [], folder, download, sheet, split } }) => {
  const names = [...words, ...dataset], load = { ...(folder ? { folder } : {}), download };
  for (const name of names.length > 0 ? names : Object.keys(datasets)) {
    const kind = await named(name);
    if (download) { for (const part of ["train", "test"] as const) await kind(part, load); }
    await list(kind, load);
    if (sheet) console.log(`  ${await writeSheet(await kind(split as Split, load))}`);
  }
});
