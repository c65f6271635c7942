/** Writes the explorer: a page in which the kit itself runs, with the networks and images that it needs. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { knownDataset, streetDigits } from "../../lib/data/mod.ts";
import { adversarialSpec, classifierSpec, defend, type GclnSpec, gclnSpec } from "../../lib/defenses/mod.ts";
import { profiles } from "../../lib/experiments/mod.ts";
import { judge } from "../../lib/judge/mod.ts";
import { tf, useBackend } from "../../lib/tensor/mod.ts";
import { idOf, trained, type TrainedSpec } from "../../lib/training/mod.ts";
import { bundle } from "./bundle.ts";
import type { Catalogue } from "./explorer/settings.ts";
import { photoPixels, photos } from "./explorer/photos.ts";
import { framed } from "./frame.ts";

const HERE = fileURLToPath(new URL("./explorer/", import.meta.url));
const TRAINED = fileURLToPath(new URL("../../fixtures/trained/", import.meta.url));
const WASM = fileURLToPath(new URL(".", import.meta.resolve("@tensorflow/tfjs-backend-wasm")));

/** Everything is that of profile quick, whose networks come with the kit. */
const PROFILE = profiles.quick, DATASET = "street-digits", SEED = 1;

/** Quantization steps of Figure 3 that networks are shipped for, in 1/255. More would make the page too large. */
const STEPS = [2, 5, 10, 20, 40];

/** The quantization step of the GCLN that is trained against attackers who know it, in 1/255. */
const ADAPTIVE = 10;

/** How many images of each class the page has, and among how many of the test set they are looked for. */
const EACH = 2, AMONG = 120;

/** The WebAssembly file of a page: it has one thread, and every browser since 2023 has vectors (SIMD). */
const ENGINES = ["tfjs-backend-wasm-simd.wasm"];

function gclnOf(q: number, adaptive?: true): GclnSpec {
  const row = { q: q / 255, features: "classifier", ...(adaptive ? { adaptive } : {}) } as const;
  return gclnSpec(PROFILE, DATASET, row, SEED);
}

/** Copies a shipped network, and gives its name. */
async function network(spec: TrainedSpec, folder: string): Promise<string> {
  const file = `${await idOf(spec)}.safetensors`;
  await copyFile(join(TRAINED, file), join(folder, file));
  return file;
}

/** The first images of each class of the test set that the paper's defense reads right, class by class. */
async function images(): Promise<{ pixels: Uint8Array; labels: number[]; classes: readonly string[] }> {
  const data = await streetDigits("test", { size: AMONG }), { pixels, labels, shape, classes } = data;
  const classifier = await trained(classifierSpec(PROFILE, DATASET, SEED));
  const cleaner = await trained(gclnOf(10));
  const batch = data.all(), size = shape[0] * shape[1] * shape[2];
  const { stands } = await judge(defend(classifier, cleaner), batch);
  tf.dispose([batch.images, batch.labels]);
  classifier.dispose();
  cleaner.dispose();
  const chosen = classes.flatMap((_, label) =>
    [...labels.keys()].filter((i) => labels[i] === label && stands[i]).slice(0, EACH)
  );
  const rows = chosen.map((i) => pixels.slice(i * size, (i + 1) * size));
  return {
    pixels: new Uint8Array(await new Blob(rows).arrayBuffer()),
    labels: chosen.map((i) => labels[i]!),
    classes,
  };
}

/**
 * Writes the explorer's files.
 *
 * @param site The site's folder; the explorer is in `explorer/` below it.
 */
export async function writeExplorer(site: string): Promise<void> {
  const folder = join(site, "explorer");
  await useBackend();
  await Deno.mkdir(folder, { recursive: true });
  await bundle({ page: join(HERE, "page.tsx"), worker: join(HERE, "worker.ts") }, folder);
  const { pixels, labels, classes } = await images();
  const photoClasses = knownDataset("cifar10").facts.classes;
  const catalogue: Catalogue = {
    [DATASET]: {
      classifier: await network(classifierSpec(PROFILE, DATASET, SEED), folder),
      adversarial: await network(adversarialSpec(PROFILE, DATASET, SEED), folder),
      gcln: Object.fromEntries(
        await Promise.all(STEPS.map(async (q) => [q, await network(gclnOf(q), folder)] as const)),
      ),
      adaptive: { file: await network(gclnOf(ADAPTIVE, true), folder), q: ADAPTIVE },
      labels,
      names: labels.map((label, i) => `Digit ${label}, number ${i + 1}`),
      classes,
    },
    cifar10: {
      classifier: await network(classifierSpec(profiles.course, "cifar10", SEED), folder),
      gcln: {},
      labels: photos.map(({ label }) => photoClasses.indexOf(label)),
      names: photos.map(({ name }) => name),
      sources: photos.map(({ source }) => source),
      classes: photoClasses,
    },
  };
  await Deno.writeTextFile(join(folder, "catalogue.json"), JSON.stringify(catalogue));
  const all = [pixels, ...await Promise.all(photos.map(({ file }) => photoPixels(file)))];
  await Deno.writeFile(join(folder, "images.bin"), Uint8Array.from(all.flatMap((some) => [...some])));
  for (const file of ENGINES) await copyFile(join(WASM, file), join(folder, file));
  await copyFile(join(HERE, "explorer.css"), join(folder, "explorer.css"));
  await Deno.writeTextFile(
    join(folder, "index.html"),
    framed({
      path: "explorer/index.html",
      title: "Explorer",
      summary: "Attack an image step by step and watch a purification defense clean it, in the browser.",
      styles: ["explorer.css"],
      scripts: ["page.js"],
      main: await Deno.readTextFile(join(HERE, "explorer.html")),
    }),
  );
}
