/**
 * `deno task data`: which data sets are on this machine, and where.
 *
 *     deno task data                           all of them
 *     deno task data cifar10 --download        fetches what is missing
 *     deno task data street-digits --sheet     a picture of 100 images, in results/
 */
import { join } from "node:path";
import sharp from "sharp";
import { type Dataset, type DatasetName, datasets, locate } from "../lib/data/mod.ts";
import { type Command, type Flags, runCommand } from "./cli/command.ts";

const command = {
  name: "deno task data",
  summary:
    "Shows which data sets are on this machine, and where; fetches them, or draws a sheet of their images.",
  positionals: { name: "NAME", help: "only these data sets", choices: Object.keys(datasets) },
  flags: {
    folder: {
      kind: "string",
      help: "look there first (default: the environment's GCLN_DATA)",
      placeholder: "DIR",
    },
    download: { kind: "boolean", help: "fetches what is missing into the user's cache folder" },
    sheet: { kind: "boolean", help: "writes a picture of 100 images to results/data-NAME-SPLIT.png" },
    split: { kind: "string", help: "of the picture", choices: ["train", "test"], default: "test" },
  },
  examples: ["deno task data cifar10 --download", "deno task data street-digits --sheet"],
} as const satisfies Command<Flags>;

/** The picture's images side by side and below each other, and how much larger they are drawn. */
const COLUMNS = 20, ROWS = 5, SCALE = 3;

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

await runCommand(command, async ({ words, flags: { folder, download, sheet, split } }) => {
  const names = (words.length > 0 ? words : Object.keys(datasets)) as DatasetName[];
  const load = { ...(folder ? { folder } : {}), download };
  for (const name of names) {
    if (download) { for (const part of ["train", "test"] as const) await datasets[name](part, load); }
    await list(name, load);
    if (sheet) console.log(`  ${await writeSheet(await datasets[name](split as "train" | "test", load))}`);
  }
});
