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
import { createHash } from "node:crypto";
import { createReadStream, existsSync, statfsSync } from "node:fs";
import { join, resolve } from "node:path";
import { cacheFolder } from "../../lib/files/mod.ts";
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
}

const CPU: Wheel = {
  name: "tensorflow-cpu",
  version: "2.21.0",
  sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  space: 2e9,
};
const CUDA: Wheel = {
  name: "tensorflow",
  version: "2.21.0",
  sha256: "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
  space: 12e9,
};

const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
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

/** The requirements that the wheel lists for its extra \`and-cuda\`. */
const CUDA_REQUIREMENTS = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    for line in archive.read(name).decode().splitlines():
        if line.startswith("Requires-Dist: nvidia") and "and-cuda" in line:
            print(line.split(": ", 1)[1].split(";")[0].replace("(", "").replace(")", "").replace(" ", ""))
`;

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

/** Whether the package has an addon and the libraries behind it (a link into a deleted cache does not count). */
export function nativeIsThere(): boolean {
  try {
    return existsSync(addonPath());
  } catch {
    return false;
  }
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

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
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
    const [, host, owner] = /^\.tmp-(.+)-(\d+)$/.exec(name) ?? [];
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

/** The C library and its headers in `<root>/<version>`, downloaded once. */
async function libraries(wheel: Wheel, root: string): Promise<string> {
  const name = `${wheel.name}-${wheel.version}`;
  const folder = join(root, name);
  await Deno.mkdir(root, { recursive: true });
  await sweep(root);
  if (existsSync(folder)) return folder;
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
    console.error(`  fetching ${wheel.name} ${wheel.version} from PyPI`);
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
      const needed = (await run("python3", ["-c", CUDA_REQUIREMENTS, file], PIP_HINT)).trim().split("\n");
      console.error("  fetching the CUDA libraries from PyPI");
      // Beside the folder `tensorflow`, which is where the library looks for `nvidia/*/lib`.
      const flags = ["--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--only-binary=:all:"];
      await run(
        "python3",
        ["-m", "pip", "install", ...flags, "--target", temporary, ...needed],
        PIP_HINT,
        env,
      );
    }
    await Deno.remove(downloads, { recursive: true });
    try {
      await Deno.rename(temporary, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // else another process was faster
    }
  } finally {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
  }
  return folder;
}

/** The addon, compiled against the library in `folder` and kept beside it. */
async function addon(folder: string, force: boolean): Promise<string> {
  const source = packageFolder(PACKAGE);
  const { version } = JSON.parse(await Deno.readTextFile(join(source, "package.json")));
  const built = join(folder, `tfjs_binding-${version}-napi-v${NAPI}.node`);
  if (existsSync(built) && !force) return built;
  console.error("  compiling the TensorFlow.js addon");
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

/** Provides the native backend, or says in one line why it can't be had. */
export async function nativeBackend({ cuda, force, cache }: NativeOptions): Promise<Native> {
  if (!force && !cuda && nativeIsThere() && await works()) return {};
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    return {
      missing:
        `there is no build for ${Deno.build.os} on ${Deno.build.arch} here; the package's own installer may have ` +
        `one: deno install --allow-scripts=npm:${PACKAGE}`,
    };
  }
  try {
    const root = resolve(cache ?? join(cacheFolder(), "tensorflow"));
    const folder = await libraries(cuda ? CUDA : CPU, root);
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
