import { gunzipSync, gzipSync } from "node:zlib";
import { join } from "node:path";
import sharp from "sharp";
import { cifar10, DataError, fashionMnist, imageFolder, npz, readNpy, svhn } from "../../lib/data/mod.ts";
import { attackBy, type AttackSpec } from "../../lib/attacks/mod.ts";
import {
  classifierSpec,
  defenseOf,
  type DefenseRow,
  gcln,
  specsOf,
  thermometer,
} from "../../lib/defenses/mod.ts";
import { profiles } from "../../lib/experiments/mod.ts";
import { idOf, type TrainedSpec } from "../../lib/training/mod.ts";
import { readResult } from "../../lib/evaluation/mod.ts";
import {
  loadParameters,
  network,
  type NetworkSpec,
  readMetadata,
  readSafetensors,
  writeSafetensors,
} from "../../lib/networks/mod.ts";
import { toHtml } from "../../lib/report/mod.ts";
import { tf } from "../../lib/tensor/mod.ts";
import { parse, UsageError, UserError } from "../cli/command.ts";
import { normalise } from "../notebooks/notebook_file.ts";
import { experiments } from "../reproduce/experiments.ts";
import { commandOf } from "../reproduce/flags.ts";
import type { Draws } from "./draws.ts";
import { mutatedBytes, mutatedJson, mutatedWords } from "./mutate.ts";

/** One reader of the kit under damaged input. */
export interface Reader {
  /** Whole files of its kind. */
  samples(): Promise<readonly Uint8Array[]> | readonly Uint8Array[];
  /** The name that the file has in its folder. Default `file`. */
  readonly file?: string;
  /** Damages a file. */
  mutate(bytes: Uint8Array, draws: Draws): Uint8Array;
  /** Reads the file of a folder; returns what is wrong with what it took, or nothing. */
  read(folder: string, path: string): Promise<string | undefined> | string | undefined;
  /** Whether an error is one that says what is wrong with the input. */
  isRefusal(error: Error): boolean;
  /** Whether errors must name the file. Default true; not where the reader is handed bytes. */
  readonly namesFile?: boolean;
}

const ROOT = new URL("../../", import.meta.url);
const DETECTOR = { architecture: "detector", width: 2, channels: 1 } as const;

const isDataError = (error: Error) => error instanceof DataError;

let golden: Promise<Readonly<Record<string, string>>> | undefined;

/** Files that NumPy, SciPy and Python wrote, whose names fit. */
async function written(fits: RegExp): Promise<Uint8Array[]> {
  golden ??= Deno.readTextFile(new URL("fixtures/golden/data_files.json", ROOT)).then(JSON.parse);
  return Object.entries(await golden).filter(([name]) => fits.test(name)).map(([, text]) =>
    new Uint8Array(gunzipSync(Uint8Array.fromBase64(text)))
  );
}

async function files(folder: string, fits: RegExp, most: number): Promise<Uint8Array[]> {
  const url = new URL(folder, ROOT);
  const names = [...Deno.readDirSync(url)].map(({ name }) => name).filter((name) => fits.test(name)).sort();
  const small = names.filter((name) => Deno.statSync(new URL(name, url)).size <= most);
  return await Promise.all(small.map((name) => Deno.readFile(new URL(name, url))));
}

/** Options that keep a loader within a folder. */
function only(folder: string) {
  return { folder, cache: join(folder, "cache"), download: false, checksums: "unchecked" as const };
}

function sizeIn({ size }: { readonly size: number }, most: number): string | undefined {
  return size > 0 && size <= most ? undefined : `it took ${size} images`;
}

/** An IDX file of n blank images, or of n labels. */
function idx(shape: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + shape.reduce((a, b) => a * b, 1)),
    view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, i) => view.setUint32(4 + 4 * i, size));
  return bytes;
}

/** A batch of CIFAR-10's binary version. */
function batch(count: number): Uint8Array {
  return Uint8Array.from({ length: 3073 * count }, (_, i) => i % 3073 === 0 ? 1 : i % 251);
}

/** A tar archive of one file. */
function tar(name: string, content: Uint8Array): Uint8Array {
  const header = new Uint8Array(512),
    write = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
  write(name, 0);
  write("0000644\0", 100);
  write(content.length.toString(8).padStart(11, "0"), 124);
  write(" ".repeat(8), 148);
  write("0", 156);
  write("ustar\x0000", 257);
  write(header.reduce((a, b) => a + b, 0).toString(8).padStart(6, "0") + "\0 ", 148);
  return new Uint8Array([
    ...header,
    ...content,
    ...new Uint8Array((512 - content.length % 512) % 512 + 1024),
  ]);
}

async function pictures(): Promise<Uint8Array[]> {
  const raw = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => 5 * i % 256);
  const image = () => sharp(raw, { raw: { width: 8, height: 8, channels: 3 } });
  const buffers = [
    await image().png().toBuffer(),
    await image().jpeg().toBuffer(),
    await image().webp().toBuffer(),
  ];
  return buffers.map((buffer) => new Uint8Array(buffer));
}

/** What is wrong with a page. */
function pageProblem(html: string): string | undefined {
  if (/<script>alert|<img src=x/.test(html)) return "markup of the file is markup of the page";
  if (/>(NaN|undefined|\[object Object\])</.test(html)) return "the page shows NaN, undefined or an object";
  const high = [...html.matchAll(/<b>(-?[\d.]+)<\/b>/g)].find(([, number]) =>
    Number(number) > 100 || Number(number) < 0
  );
  return high && `the page shows ${high[1]} %`;
}

const circumstances = { profile: profiles.quick, dataset: "street-digits", seed: 1 };

/** Specs of all kinds: networks, attacks, trainings, rows of tables. */
const specs: readonly object[] = [
  DETECTOR,
  { architecture: "resnet18", width: 2, classes: 10, channels: 3, stem: 1 },
  { architecture: "unet", width: 4, levels: 3, blocks: 1, norm: "batch", channels: 3 },
  { attack: "pgd", ball: { norm: "linf", epsilon: 0.03 }, stepSize: 0.01, steps: 10 },
  { attack: "carliniWagner", steps: 10 },
  { attack: "square", ball: { norm: "l2", epsilon: 0.5 }, queries: 10 },
  classifierSpec(circumstances.profile, circumstances.dataset, circumstances.seed),
  ...specsOf(gcln({ q: 10 / 255, features: "classifier" }), circumstances),
  ...specsOf(thermometer({ training: "adversarial" }), circumstances),
  { defense: "gcln", q: 10 / 255 },
  { defense: "thermometer", levels: 16, training: "adversarial" },
  { defense: "jpeg compression", quality: 75 },
];

/** How an error of the kit about a spec begins; those of JavaScript about it do not. */
const SAID =
  /^(Cannot (?!read properties|destructure|convert|set|assign|access)|No |There is no |A |Unknown )/;

/** What is wrong with what a spec was taken for. */
async function specProblem(spec: unknown): Promise<string | undefined> {
  if (typeof spec !== "object" || spec === null) return undefined; // nothing says what it is
  if ("architecture" in spec) {
    const { declarations } = network(spec as NetworkSpec);
    const isSized = declarations.every(({ shape }) =>
      shape.every((side) => Number.isInteger(side) && side > 0)
    );
    return isSized ? undefined : "a parameter has no size";
  }
  if ("attack" in spec) {
    return typeof attackBy(spec as AttackSpec) === "function" ? undefined : "it is no attack";
  }
  if ("kind" in spec) {
    return /-[0-9a-f]{12}$/.test(await idOf(spec as TrainedSpec)) ? undefined : "it has no name";
  }
  if (!("defense" in spec)) return undefined;
  const needs = Object.values(defenseOf(spec as DefenseRow).needs(spec as DefenseRow, circumstances));
  return (await Promise.all(needs.map(idOf))).every(Boolean) ? undefined : "it needs networks without names";
}

/** All readers by name. */
export const readers: Readonly<Record<string, Reader>> = {
  "IDX (.gz)": {
    file: "t10k-images-idx3-ubyte.gz",
    samples: () => [new Uint8Array(gzipSync(idx([2, 28, 28]))), idx([2, 28, 28])],
    mutate: mutatedBytes,
    async read(folder) {
      await Deno.writeFile(join(folder, "t10k-labels-idx1-ubyte"), idx([2]));
      return sizeIn(await fashionMnist("test", only(folder)), 2);
    },
    isRefusal: isDataError,
  },
  "CIFAR-10, binary": {
    file: "test_batch.bin",
    samples: () => [batch(2)],
    mutate: mutatedBytes,
    read: async (folder) => sizeIn(await cifar10("test", only(folder)), 3),
    isRefusal: isDataError,
  },
  "CIFAR-10, pickle": {
    file: "test_batch",
    samples: () => written(/^(cifar|pickle)/),
    mutate: mutatedBytes,
    read: async (folder) => sizeIn(await cifar10("test", only(folder)), 100),
    isRefusal: isDataError,
  },
  "CIFAR-10, tar.gz": {
    file: "cifar-10-binary.tar.gz",
    samples: () => [new Uint8Array(gzipSync(tar("cifar-10-batches-bin/test_batch.bin", batch(2))))],
    mutate: (bytes, draws) =>
      draws.below(2) === 0
        ? mutatedBytes(bytes, draws)
        : new Uint8Array(gzipSync(mutatedBytes(new Uint8Array(gunzipSync(bytes)), draws))),
    read: async (folder) => sizeIn(await cifar10("test", only(folder)), 3),
    isRefusal: isDataError,
  },
  "MAT": {
    file: "test_32x32.mat",
    samples:
      async () => [...await written(/^svhn/), ...await files("fixtures/golden/", /^data_svhn.*\.mat$/, 1e6)],
    mutate: mutatedBytes,
    read: async (folder) => sizeIn(await svhn("test", only(folder)), 100),
    isRefusal: isDataError,
  },
  ".npz": {
    file: "mine.npz",
    samples: () => written(/\.npz$/),
    mutate: mutatedBytes,
    async read(_, path) {
      const { facts } = await npz(path);
      return facts.shape.every((side) => side > 0 && side < 1e5)
        ? undefined
        : `it took images of ${facts.shape}`;
    },
    isRefusal: isDataError,
  },
  ".npy": {
    file: "mine.npy",
    samples: () => written(/\.npy$/),
    mutate: mutatedBytes,
    async read(_, path) {
      const { shape, data } = await readNpy(path), count = shape.reduce((a, b) => a * b, 1);
      return data.length === count ? undefined : `it has ${data.length} numbers for ${shape}`;
    },
    isRefusal: isDataError,
  },
  "image folder": {
    file: "a/1.png",
    samples: pictures,
    mutate: mutatedBytes,
    async read(folder) {
      const [whole] = await pictures();
      for (const other of ["a/2.png", "b/1.png", "b/2.png"]) {
        await Deno.mkdir(join(folder, other, ".."), { recursive: true });
        await Deno.writeFile(join(folder, other), whole!);
      }
      const { facts } = await imageFolder(folder);
      return facts.classes.join() === "a,b" ? undefined : `it took classes ${facts.classes}`;
    },
    isRefusal: isDataError,
  },
  "safetensors": {
    async samples() {
      const parameters = network(DETECTOR).init(1);
      try {
        return [await writeSafetensors(parameters, { precision: "float32" })];
      } finally {
        tf.dispose(parameters);
      }
    },
    mutate: mutatedBytes,
    async read(_, path) {
      const bytes = await Deno.readFile(path), read = readSafetensors(bytes);
      tf.dispose(read);
      readMetadata(bytes);
      const parameters = loadParameters(network(DETECTOR), bytes);
      const isFinite = Object.values(parameters).every((tensor) => tensor.dataSync().every(Number.isFinite));
      tf.dispose(parameters);
      return isFinite ? undefined : "a weight is not finite";
    },
    isRefusal: (error) =>
      error instanceof RangeError ||
      error instanceof TypeError && /^Cannot read .* of type .* can be read$/s.test(error.message),
    namesFile: false,
  },
  "result JSON": {
    file: "mine.json",
    samples: () => files("fixtures/measured/", /^(table|figure[34]).*\.json$/, 1e6),
    mutate: mutatedJson,
    async read(_, path) {
      const found = readResult(await Deno.readTextFile(path), path);
      return "attacks" in found ? undefined : pageProblem(toHtml(found));
    },
    isRefusal: (error) => error instanceof RangeError && error.message.startsWith("Cannot use "),
  },
  "spec JSON": {
    file: "spec.json",
    samples: () => specs.map((spec) => new TextEncoder().encode(JSON.stringify(spec))),
    mutate: mutatedJson,
    read: async (_, path) => await specProblem(JSON.parse(await Deno.readTextFile(path))),
    isRefusal: (error) =>
      error instanceof SyntaxError && error.message.includes("JSON") ||
      (error instanceof RangeError || error instanceof TypeError) && SAID.test(error.message),
    namesFile: false,
  },
  "notebook": {
    file: "mine.ipynb",
    samples: () => files("notebooks/", /\.ipynb$/, 200_000),
    mutate: mutatedJson,
    async read(_, path) {
      const once = normalise(await Deno.readTextFile(path), "/root", path);
      return normalise(once, "/root", path) === once ? undefined : "normalising twice makes another file";
    },
    isRefusal: (error) => error instanceof UserError,
  },
  "command line": {
    samples: () =>
      [
        ["--profile=quick", "--examples=10", "--seed=3", "--fresh", "--rows=GCLN", "--columns=PGD,FGS"],
        ["--dataset=cifar10", "--backend=wasm", "--since=2025-01-01", "--untrained=skip", "mine.ts"],
      ].map((words) => new TextEncoder().encode(JSON.stringify(words))),
    mutate: (bytes, draws) =>
      new TextEncoder().encode(
        JSON.stringify(mutatedWords(JSON.parse(new TextDecoder().decode(bytes)), draws)),
      ),
    async read(_, path) {
      const { flags } = parse(
        commandOf("table1", experiments["table1"]!, []),
        JSON.parse(await Deno.readTextFile(path)),
      );
      const numbers = Object.values(flags).filter((value) => typeof value === "number");
      return numbers.every(Number.isFinite) ? undefined : "a number is not finite";
    },
    isRefusal: (error) => error instanceof UsageError,
    namesFile: false,
  },
};
