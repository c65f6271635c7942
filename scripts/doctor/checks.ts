import { existsSync, statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder } from "../../lib/files/mod.ts";
import { healthOf } from "./cache_health.ts";
import { lastError, ran, ranCode, ROOT } from "./child.ts";
import { shippedHealth } from "./shipped_health.ts";
import type { Told } from "./told.ts";

/** The oldest Deno that runs the kit. */
const DENO = [2, 9] as const;

/** Less free disk than this stops a set-up, or a training's checkpoint (bytes). */
const LITTLE_DISK = 1e9, SOME_DISK = 5e9;

const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

function json(path: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(Deno.readTextFileSync(path));
    return value !== null && typeof value === "object" ? value : undefined;
  } catch {
    return undefined;
  }
}

function stamp(): Record<string, unknown> | undefined {
  return json(join(ROOT, "node_modules", ".gcln-setup.json"));
}

function versions(): Promise<Told[]> {
  const kit = json(join(ROOT, "deno.json"))?.version,
    [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  const isOld = major < DENO[0] || major === DENO[0] && minor < DENO[1];
  return Promise.resolve([
    {
      state: isOld ? "wrong" : "fine",
      says: `kit ${
        kit ?? "of no version: deno.json can't be read"
      }, Deno ${Deno.version.deno}, TypeScript ${Deno.version.typescript}`,
      ...(isOld ? { helps: `Deno ${DENO.join(".")} or newer is needed: deno upgrade` } : {}),
    },
    {
      state: "fine",
      says: `${Deno.build.os} on ${Deno.build.arch}, ${availableParallelism()} cores, ${
        gb(totalmem())
      } of memory`,
    },
  ]);
}

async function packages(): Promise<Told[]> {
  const helps = "deno task setup --force";
  if (!canTry()) {
    return [{ state: "wrong", says: "the npm packages are not installed", helps: "deno task setup" }];
  }
  const made = stamp();
  const { code, err } = await ranCode(
    `await import("./lib/tensor/mod.ts"); await import("./lib/data/mod.ts");`,
  );
  if (code !== 0) return [{ state: "wrong", says: `the kit does not load: ${lastError(err)}`, helps }];
  if (made === undefined) {
    return [{ state: "wrong", says: "the set-up has not finished", helps: "deno task setup" }];
  }
  const standIns = made.standIns ? "; JSR did not answer, so stand-ins for its two packages are used" : "";
  return [{ state: "fine", says: `installed${standIns}` }];
}

/** Whether anything of the kit can be tried; without packages Deno would install them. */
function canTry(): boolean {
  return existsSync(join(ROOT, "node_modules"));
}

const UNTRIED: readonly Told[] = [{ state: "missing", says: "can't be tried before the set-up" }];

/** What starting an engine says: its description, or why it does not start. */
async function engine(name: string): Promise<{ readonly works: boolean; readonly says: string }> {
  const { code, signal, out, err } = await ranCode(
    `import { tf, useBackend } from "./lib/tensor/mod.ts";
     try {
       const { description } = await useBackend("${name}");
       const [six] = await tf.matMul([[2]], [[3]]).data();
       console.log(six === 6 ? "works " + description : "fails it computes 2 × 3 = " + six);
     } catch (error) {
       console.log("fails " + error.message);
     }
     Deno.exit(0);`,
    { GCLN_BACKEND: "" },
  );
  if (signal !== null) {
    return { works: false, says: `the process ended with ${signal}: its files are damaged` };
  }
  const [, verdict, says] = /^(works|fails) (.*)$/m.exec(out) ?? [];
  return verdict === undefined
    ? { works: false, says: code === 0 ? "it said nothing" : lastError(err) }
    : { works: verdict === "works", says: says! };
}

/** What of the native engine's files is not what its digest says; undefined where all are, or none is there. */
async function nativeDifference(): Promise<string | undefined> {
  const { out } = await ranCode(
    `import { nativeContentDamage } from "./scripts/setup/native.ts";
     console.log("differs " + (await nativeContentDamage() ?? ""));`,
  );
  return /^differs (.+)$/m.exec(out)?.[1];
}

/** The networks that come with the kit. */
async function networks(): Promise<readonly Told[]> {
  const { whole, damaged } = await shippedHealth(ROOT);
  const isWhole = damaged.length === 0;
  return [
    ...(isWhole
      ? [{ state: "fine" as const, says: `${whole} come with the kit, each as it was shipped` }]
      : []),
    ...damaged.map(({ path, what }): Told => ({
      state: "wrong",
      says: `${path}: ${what}`,
      helps: what.includes("does not know it") ? `rm '${path}'` : `git checkout '${path}'`,
    })),
  ];
}

async function engines(): Promise<readonly Told[]> {
  if (!canTry()) return UNTRIED;
  const [[native, gpu, wasm], differs] = await Promise.all([
    Promise.all(["tensorflow", "webgpu", "wasm"].map(engine)),
    nativeDifference(),
  ]);
  const made = stamp(),
    why = made?.native === "missing" && typeof made.why === "string" ? made.why : undefined;
  const taken = native!.works ? "tensorflow" : gpu!.works ? "webgpu" : wasm!.works ? "wasm" : undefined;
  const chosen = Deno.env.get("GCLN_BACKEND");
  return [
    taken === undefined ? { state: "wrong", says: "no engine starts", helps: "deno task setup --force" } : {
      state: "fine",
      says: `${chosen ? `GCLN_BACKEND asks for ${chosen}` : `${taken} is taken, the fastest that works`}`,
    },
    native!.works && differs !== undefined
      ? { state: "wrong", says: `${native!.says} starts, but ${differs}`, helps: "deno task setup --force" }
      : native!.works
      ? { state: "fine", says: native!.says }
      : {
        // Where the set-up could not build it, it is missing; where it did, it is broken.
        state: why === undefined ? "wrong" : "missing",
        says: `tensorflow is not used: ${why ?? native!.says}`,
        helps: "deno task setup --force",
      },
    gpu!.works
      ? { state: "fine", says: gpu!.says }
      : { state: "missing", says: `webgpu is not used: ${gpu!.says}` },
    wasm!.works ? { state: "fine", says: wasm!.says } : {
      state: "wrong",
      says: `wasm does not start: ${wasm!.says}`,
      helps: "deno task setup --force",
    },
  ];
}

async function data(): Promise<readonly Told[]> {
  if (!canTry()) return UNTRIED;
  const { out, code, err } = await ranCode(
    `import { datasets, locate } from "./lib/data/mod.ts";
     for (const [name, { files }] of Object.entries(datasets)) {
       const found = files ? await locate(name) : [];
       console.log(JSON.stringify([name, found.length, found.filter(({ state }) => state !== "complete")]));
     }`,
  );
  if (code !== 0) return [{ state: "wrong", says: `can't be looked at: ${lastError(err)}` }];
  return out.split("\n").map((line): Told => {
    const [name, count, rest] = JSON.parse(line) as [
      string,
      number,
      { file: string; path?: string; state: string }[],
    ];
    const damaged = rest.filter(({ path }) => path !== undefined);
    if (damaged.length > 0) {
      return {
        state: "wrong",
        says: `${name}: ${damaged.map(({ path, state }) => `${path}: ${state}`).join("; ")}`,
      };
    }
    if (rest.length > 0) {
      return { state: "missing", says: `${name} is not there`, helps: `deno task data ${name} --download` };
    }
    return {
      state: "fine",
      says: count === 0 ? `${name} is drawn, it needs no files` : `${name} is there, as published`,
    };
  });
}

async function jupyter(): Promise<Told[]> {
  const python = await ran("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
  if (python === undefined || python.code !== 0) {
    return [{
      state: "missing",
      says: "no python3: notebooks can't be run",
      helps: "apt-get install python3 python3-pip",
    }];
  }
  const lab = await ran("python3", ["-m", "jupyterlab", "--version"]);
  const client = await ran("python3", ["-c", "import nbclient; print(nbclient.__version__)"]);
  return [
    lab?.code === 0 ? { state: "fine", says: `JupyterLab ${lab.out.split("\n").at(-1)}` } : {
      state: "missing",
      says: "no JupyterLab: deno task notebook can't open notebooks",
      helps: "python3 -m pip install jupyterlab",
    },
    {
      state: "fine",
      says: client?.code === 0
        ? `nbclient ${client.out.split("\n").at(-1)}`
        : "nbclient is fetched when deno task notebooks run needs it",
    },
  ];
}

async function gpu(): Promise<Told[]> {
  const cards = await ran("nvidia-smi", [
    "--query-gpu=name,memory.total,driver_version",
    "--format=csv,noheader",
  ]);
  if (cards === undefined || cards.code !== 0 || cards.out === "") {
    return [{ state: "missing", says: "no NVIDIA GPU is seen" }];
  }
  const isUsed = stamp()?.cuda === true;
  return cards.out.split("\n").map((card) => ({
    state: isUsed ? "fine" : "missing",
    says: `${card}${isUsed ? "" : "; TensorFlow is the build for CPUs"}`,
    ...(isUsed ? {} : { helps: "deno task setup --cuda" }),
  }));
}

/** Whether a file can be written into a folder, and how much room there is. */
async function place(what: string, folder: string): Promise<Told> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".tmp-doctor-" }));
  } catch (error) {
    return {
      state: "wrong",
      says: `${what} ${folder} can't be written to: ${(error as Error).message}`,
      helps: "XDG_CACHE_HOME names another place for the cache, --results another folder for results",
    };
  }
  const { bavail, bsize } = statfsSync(folder), free = bavail * bsize;
  const says = `${what} ${folder}: ${gb(free)} free`;
  if (free >= SOME_DISK) return { state: "fine", says };
  return {
    state: free < LITTLE_DISK ? "wrong" : "missing",
    says,
    helps: `${gb(SOME_DISK)} are enough for the set-up and the networks of the profile course`,
  };
}

async function disk(): Promise<Told[]> {
  return [
    await place("the cache", cacheFolder()),
    await place("the checkout", dirname(join(ROOT, "deno.json"))),
  ];
}

async function cache(): Promise<Told[]> {
  const folder = cacheFolder();
  if (!existsSync(folder)) return [{ state: "fine", says: "empty" }];
  const told: Told[] = [];
  for (
    const { name, isDirectory } of [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1)
  ) {
    if (!isDirectory) continue;
    const path = join(folder, name), { files, bytes, damaged, unread, left } = await healthOf(path);
    const form = unread > 0 && name !== "tensorflow" ? `; of ${unread} only the form was looked at` : "";
    if (damaged.length === 0) {
      told.push({ state: "fine", says: `${name}: ${files} files, ${gb(bytes)}${form}` });
    }
    for (const { path, what } of damaged) {
      told.push({ state: "wrong", says: `${path}: ${what}`, helps: `rm '${path}' (it is made anew)` });
    }
    if (left.length > 0) {
      told.push({
        state: "missing",
        says: `${left.length} leftovers of stopped runs in ${path}`,
        helps: `rm -r ${left.slice(0, 3).map((file) => `'${file}'`).join(" ")}${left.length > 3 ? " …" : ""}`,
      });
    }
  }
  return told.length > 0 ? told : [{ state: "fine", says: "empty" }];
}

/** What is looked at, in this order. */
export const checks: Readonly<Record<string, () => Promise<readonly Told[]>>> = {
  versions,
  packages,
  engines,
  networks,
  data,
  Jupyter: jupyter,
  GPU: gpu,
  disk,
  cache,
};
