/**
 * The native backend of `@tensorflow/tfjs-node-gpu`, built from what PyPI and npm carry.
 *
 * The package's own installer downloads a libtensorflow of 2022 and a prebuilt addon. Where that was done (or an
 * earlier set-up worked) nothing is touched. Else the TensorFlow wheel from PyPI gives the C library and headers,
 * the npm package gives the addon's C++ source, and g++ joins them. No Python is needed at run time.
 *
 * What is built lies in the user's cache folder under a name that holds every version, so that checkouts share
 * it. It is made under a temporary name and renamed, so a kill half-way leaves nothing that looks finished.
 */
import { existsSync, statfsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { nativeDamage, nativeFiles } from "../../lib/engines/tensorflow/native_files.ts";
import { cacheFolder, writeAtomically } from "../../lib/files/mod.ts";
import { damage, type FileRecord, recordOf, sha256 } from "./file_record.ts";
import { run, SetupError } from "./shell.ts";

const PACKAGE = "@tensorflow/tfjs-node-gpu";
const NAPI = 8;
const DAY = 24 * 60 * 60 * 1000;
const PIP_HINT = "needed: python3 with pip 20.3 or newer; on Debian or Ubuntu: apt-get install python3-pip";
const GXX_HINT = "needed: a C++17 compiler; on Debian or Ubuntu: apt-get install g++";

interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Bytes of disk for the wheel, its libraries and their working copies. */
  readonly space: number;
  /** The libraries in it, by file name. */
  readonly libraries: Readonly<Record<string, FileRecord>>;
}

const CPU: Wheel = {
  name: "tensorflow-cpu",
  version: "2.21.0",
  sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  space: 2e9,
  libraries: {
    "libtensorflow_cc.so.2": {
      size: 788086608,
      sha256: "6505a4b9657e62100c6bdacb683957a395cb047725042945aaa50e40a71e429e",
    },
    "libtensorflow_framework.so.2": {
      size: 65222328,
      sha256: "f060b323b26ef80add21b9df9428de3aeaf2843d772c5bb098745f7abff3709b",
    },
  },
};
const CUDA: Wheel = {
  name: "tensorflow",
  version: "2.21.0",
  sha256: "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
  space: 12e9,
  libraries: {
    "libtensorflow_cc.so.2": {
      size: 1096372272,
      sha256: "2889ecc99d7641620f41a4bea538f4dd4b626f75aa3e12623161ae939054191c",
    },
    "libtensorflow_framework.so.2": {
      size: 162648808,
      sha256: "98847c6f0448308159f6d3ff55e13a9e92978598c7fbb34cde63aadf35c6fe84",
    },
  },
};

const LIBRARIES = Object.keys(CPU.libraries);
/** The name of a wheel's folder in the cache. */
function nameOf({ name, version }: Wheel): string {
  return `${name}-${version}`;
}

const HEADERS = [
  "tensorflow/c/c_api.h",
  "tensorflow/c/c_api_macros.h",
  "tensorflow/c/eager/c_api.h",
  "tensorflow/c/tf_attrtype.h",
  "tensorflow/c/tf_buffer.h",
  "tensorflow/c/tf_datatype.h",
  "tensorflow/c/tf_status.h",
  "tensorflow/c/tf_tensor.h",
  "tensorflow/c/tf_tstring.h",
  "tensorflow/core/platform/ctstring.h",
  "tensorflow/core/platform/ctstring_internal.h",
  "tsl/platform/ctstring.h",
  "tsl/platform/ctstring_internal.h",
  "xla/tsl/c/tsl_status.h",
];

/** Unpacks `source=>target` members of a wheel; Python has a zip reader, Deno's own APIs have none. */
const UNPACK = `
import os, shutil, sys, zipfile
wheel, folder = sys.argv[1:3]
with zipfile.ZipFile(wheel) as archive:
    for pair in sys.argv[3:]:
        source, target = pair.split("=>")
        path = os.path.join(folder, target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(source) as i, open(path, "wb") as o:
            shutil.copyfileobj(i, o, 1 << 22)
`;

/** The CUDA libraries: the newest that the wheel's extra `and-cuda` allowed when they were written down, with checksums. */
const CUDA_REQUIREMENTS = fileURLToPath(new URL("cuda_requirements.txt", import.meta.url));

const VERIFY = `
import util from "node:util";
util.isNullOrUndefined ??= (x) => x == null;
const tf = await import("${PACKAGE}");
console.log(JSON.stringify(Array.from(tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync())));`;

export interface NativeOptions {
  readonly cuda: boolean;
  readonly force: boolean;
  readonly cache?: string;
}

/** The result: `missing` says in one line why there is no native backend; without it there is one. */
export interface Native {
  readonly missing?: string;
}

/** The folder of an npm package in node_modules, links resolved. */
function packageFolder(name: string): string {
  const direct = join("node_modules", name);
  if (existsSync(direct)) return Deno.realPathSync(direct);
  const prefix = `${name.replace("/", "+")}@`;
  for (const { name: entry } of Deno.readDirSync("node_modules/.deno")) {
    const folder = join("node_modules/.deno", entry, "node_modules", name);
    if (entry.startsWith(prefix) && existsSync(folder)) return Deno.realPathSync(folder);
  }
  throw new SetupError(`${name} is not in node_modules, though deno.json names it`);
}

function addonPath(): string {
  return join(packageFolder(PACKAGE), `lib/napi-v${NAPI}/tfjs_binding.node`);
}

/** Size and time of change of a file, which tell cheaply whether it may have changed. */
export interface Look {
  readonly size: number;
  readonly changed: number;
}

/** The files of the native backend as they are now, by path; undefined where one is missing or cut off. */
export function nativeLook(): Record<string, Look> | undefined {
  try {
    const addon = addonPath();
    if (nativeDamage(addon) !== undefined) return undefined;
    return Object.fromEntries(
      nativeFiles(addon).map((path) => {
        const { size, mtime } = Deno.statSync(path);
        return [path, { size, changed: mtime?.getTime() ?? 0 }];
      }),
    );
  } catch {
    return undefined;
  }
}

/** What is wrong with an addon that is there; nothing where there is none, as in a fresh clone. */
function addonDamage(): string | undefined {
  const path = addonPath();
  return existsSync(path) ? nativeDamage(path) : undefined;
}

async function works(): Promise<boolean> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", VERIFY],
    env: { TF_CPP_MIN_LOG_LEVEL: "2" },
    stdout: "piped",
    stderr: "null",
  }).output();
  return success && new TextDecoder().decode(stdout).trim().endsWith("[19,22,43,50]");
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** The temporary folder of this run. Its name holds the machine and the process, since nodes of a cluster may share a cache. */
function temporaryFolder(root: string): string {
  return join(root, `.tmp-${Deno.hostname()}-${Deno.pid}`);
}

/** Removes temporary folders of killed runs: those of this machine whose process has ended, and all that are a day old. */
async function sweep(root: string): Promise<void> {
  for (const { name } of Deno.readDirSync(root)) {
    const [, host, owner] = /^\.tmp-(.+)-(\d+)(?:-old)?$/.exec(name) ?? [];
    if (owner === undefined) continue;
    const path = join(root, name);
    const dead = host === Deno.hostname() && !existsSync(`/proc/${owner}`);
    const age = Date.now() - (Deno.statSync(path).mtime?.getTime() ?? Date.now());
    if (dead || age > DAY) await Deno.remove(path, { recursive: true });
  }
}

function pipDownload(wheel: Wheel, folder: string, env: Record<string, string>): Promise<string> {
  const flags = ["--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--only-binary=:all:"];
  // Pinned, whatever Python runs pip: one checksum for everybody, and the library does not use Python.
  const target = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"];
  const platform = ["--platform", "manylinux_2_27_x86_64", "-d", folder, `${wheel.name}==${wheel.version}`];
  return run("python3", ["-m", "pip", "download", ...flags, ...target, ...platform], PIP_HINT, env);
}

/** What is wrong with the libraries in a folder, which are read whole. */
async function librariesDamage(wheel: Wheel, folder: string): Promise<string | undefined> {
  for (const [name, record] of Object.entries(wheel.libraries)) {
    const wrong = await damage(join(folder, "tensorflow", name), record);
    if (wrong !== undefined) return wrong;
  }
  const missing = HEADERS.find((header) => !existsSync(join(folder, "include", header)));
  return missing && `${join(folder, "include", missing)} is not there`;
}

/** The C library and its headers in `<root>/<version>`, downloaded once, and again where they are damaged. */
async function libraries(wheel: Wheel, root: string): Promise<string> {
  const folder = join(root, nameOf(wheel));
  await Deno.mkdir(root, { recursive: true });
  await sweep(root);
  if (existsSync(folder)) {
    const wrong = await librariesDamage(wheel, folder);
    if (wrong === undefined) return folder;
    console.error(`  ${wrong}: it is fetched anew`);
  }
  const free = freeBytes(root);
  if (free < wheel.space) {
    const gb = (bytes: number) => (bytes / 1e9).toFixed(1);
    throw new SetupError(`${gb(wheel.space)} GB of disk are needed in ${root}, ${gb(free)} GB are free`);
  }
  await run("g++", ["--version"], GXX_HINT); // before 270 MB are fetched for nothing
  const temporary = temporaryFolder(root);
  await Deno.mkdir(temporary);
  try {
    const downloads = join(temporary, "download");
    const env = { TMPDIR: temporary }; // pip unpacks there: keep it on the disk that was checked
    console.error(`  fetching ${wheel.name} ${wheel.version} from PyPI${wheel === CPU ? " (270 MB)" : ""}`);
    await pipDownload(wheel, downloads, env);
    const file = join(downloads, [...Deno.readDirSync(downloads)].map((e) => e.name)[0] ?? "");
    const found = await sha256(file);
    if (found !== wheel.sha256) {
      throw new SetupError(
        `the wheel's SHA-256 is ${found}, not ${wheel.sha256}: suspect the network`,
      );
    }
    await run("python3", [
      "-c",
      UNPACK,
      file,
      temporary,
      ...LIBRARIES.map((l) => `tensorflow/${l}=>tensorflow/${l}`),
      ...HEADERS.map((h) => `tensorflow/include/${h}=>include/${h}`),
    ], PIP_HINT);
    if (wheel === CUDA) {
      console.error("  fetching the CUDA libraries from PyPI");
      // Beside the folder `tensorflow`, which is where the library looks for `nvidia/*/lib`.
      const flags = ["--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--only-binary=:all:"];
      await run(
        "python3",
        [
          "-m",
          "pip",
          "install",
          ...flags,
          "--target",
          temporary,
          "--require-hashes",
          "-r",
          CUDA_REQUIREMENTS,
        ],
        PIP_HINT,
        env,
      );
    }
    await Deno.remove(downloads, { recursive: true });
    await replace(temporary, folder);
  } finally {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
  }
  return folder;
}

/** Puts a finished folder in the place of one that is damaged or not there. Whoever has the old files open keeps them. */
async function replace(finished: string, folder: string): Promise<void> {
  const old = `${finished}-old`;
  if (existsSync(folder)) await Deno.rename(folder, old).catch(() => {});
  try {
    await Deno.rename(finished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // else another process was faster
  } finally {
    await Deno.remove(old, { recursive: true }).catch(() => {});
  }
}

/** What is wrong with a compiled addon: its size and SHA-256 lie beside it. */
async function builtDamage(built: string): Promise<string | undefined> {
  try {
    return await damage(built, JSON.parse(await Deno.readTextFile(`${built}.json`)));
  } catch {
    return `${built} has no record of its checksum`;
  }
}

/** The addon, compiled against the library in `folder` and kept beside it. */
async function addon(folder: string, force: boolean): Promise<string> {
  const source = packageFolder(PACKAGE);
  const { version } = JSON.parse(await Deno.readTextFile(join(source, "package.json")));
  const built = join(folder, `tfjs_binding-${version}-napi-v${NAPI}.node`);
  if (existsSync(built) && !force && await builtDamage(built) === undefined) return built;
  console.error("  compiling the TensorFlow.js addon, about half a minute");
  const temporary = `${built}.${Deno.pid}`;
  const libraryFolder = join(folder, "tensorflow");
  const includes = [
    join(packageFolder("node-api-headers"), "include"),
    join(folder, "include"),
    join(source, "binding"),
  ];
  try {
    await run("g++", [
      ...["-std=c++17", "-O2", "-fPIC", "-shared", `-DNAPI_VERSION=${NAPI}`],
      ...includes.flatMap((include) => ["-I", include]),
      ...["tfjs_backend.cc", "tfjs_binding.cc"].map((file) => join(source, "binding", file)),
      ...["-o", temporary, "-L", libraryFolder, ...LIBRARIES.map((l) => `-l:${l}`)],
      `-Wl,-rpath,${libraryFolder}`,
    ], GXX_HINT);
    await writeAtomically(`${built}.json`, JSON.stringify(await recordOf(temporary)));
    await Deno.rename(temporary, built);
  } finally {
    await Deno.remove(temporary).catch(() => {});
  }
  return built;
}

async function link(target: string, path: string): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  const temporary = `${path}.${Deno.pid}`;
  await Deno.symlink(target, temporary);
  await Deno.rename(temporary, path);
}

/** Where an earlier set-up put the native backend that this checkout is linked to. */
function linkedFolder(): string | undefined {
  try {
    const folder = dirname(Deno.realPathSync(addonPath()));
    return [CPU, CUDA].some((wheel) => basename(folder) === nameOf(wheel)) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What is wrong with the content of the native backend's files, each read whole and compared with its digest; undefined where
 * nothing is, and where the kit's set-up did not make it.
 */
export async function nativeContentDamage(): Promise<string | undefined> {
  const folder = linkedFolder();
  if (folder === undefined) return undefined;
  const wheel = basename(folder) === nameOf(CUDA) ? CUDA : CPU;
  return await builtDamage(Deno.realPathSync(addonPath())) ?? await librariesDamage(wheel, folder);
}

/** Provides the native backend, or says in one line why it can't be had. */
export async function nativeBackend({ cuda, force, cache }: NativeOptions): Promise<Native> {
  const damaged = addonDamage(), linked = linkedFolder();
  if (damaged) console.error(`  The native TensorFlow is damaged: ${damaged}`);
  // What the package's own installer made is left as it is.
  const isTheirs = linked === undefined && nativeLook() !== undefined;
  if (isTheirs && !force && !cuda && await works()) return {};
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    return {
      missing:
        `there is no build for ${Deno.build.os} on ${Deno.build.arch} here; the package's own installer may have ` +
        `one: deno install --allow-scripts=npm:${PACKAGE}`,
    };
  }
  try {
    const root = resolve(cache ?? (linked ? dirname(linked) : join(cacheFolder(), "tensorflow")));
    const wheel = cuda || linked !== undefined && basename(linked) === nameOf(CUDA) ? CUDA : CPU;
    const folder = await libraries(wheel, root);
    await link(await addon(folder, force), addonPath());
    if (!await works()) {
      throw new SetupError(`the addon was built but does not load; remove ${folder} to build it anew`);
    }
    console.error("  native TensorFlow ready");
    return {};
  } catch (error) {
    // Whatever it is (a full disk, a read-only home), the wasm backend is there.
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}
