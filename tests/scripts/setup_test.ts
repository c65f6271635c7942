/**
 * `deno task setup` from a copy of the checkout, with a cache folder of its own: one real download of the TensorFlow wheel.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gpuNames } from "../../scripts/setup/gpu.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STAMP = "node_modules/.gcln-setup.json";
const ADDON = "node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node";

async function copyInto(target: string, name: string): Promise<void> {
  const path = join(ROOT, name);
  if (!Deno.statSync(path).isDirectory) {
    await Deno.mkdir(dirname(join(target, name)), { recursive: true });
    return await Deno.copyFile(path, join(target, name));
  }
  for (const entry of Deno.readDirSync(path)) await copyInto(target, join(name, entry.name));
}

/** What a fresh clone has of what the set-up and a first program need. */
async function checkout(folder: string): Promise<string> {
  const lib = ["tensor", "engines", "files", "kinds"].map((name) => `lib/${name}`).filter((name) =>
    existsSync(join(ROOT, name))
  );
  for (const name of ["deno.json", "deno.lock", "scripts/setup.ts", "scripts/setup", ...lib]) {
    await copyInto(folder, name);
  }
  return folder;
}

interface Place {
  readonly folder: string;
  readonly cache: string;
  readonly path?: string;
}

function command({ folder, cache, path }: Place, ...flags: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", "--no-lock", "scripts/setup.ts", `--cache=${cache}`, ...flags],
    cwd: folder,
    env: { NO_COLOR: "1", ...(path === undefined ? {} : { PATH: path }) },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true, // a process group of its own, so that pip and g++ are killed with it
  });
}

async function setup(place: Place, ...flags: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await command(place, ...flags).output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** Kills the set-up as soon as it says `moment`; false where it ended without. */
async function killedAt(place: Place, moment: string): Promise<boolean> {
  const child = command(place).spawn();
  let said = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    said += text;
    if (said.includes(moment)) {
      Deno.kill(-child.pid, "SIGKILL");
      break;
    }
  }
  const { signal } = await child.status;
  await child.stdout.cancel();
  return signal === "SIGKILL";
}

/** Every file below a folder with its size and time of change. */
function files(folder: string, below = folder): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of Deno.readDirSync(folder)) {
    const path = join(folder, entry.name);
    const { size, mtime } = Deno.lstatSync(path);
    if (entry.isDirectory) Object.assign(found, files(path, below));
    else found[relative(below, path)] = `${size} ${mtime?.getTime()}`;
  }
  return found;
}

/** A folder with links to some commands and scripts in place of others. */
async function tools(
  folder: string,
  links: readonly string[],
  scripts: Record<string, string> = {},
): Promise<string> {
  await Deno.mkdir(folder);
  for (const name of links) {
    const found = Deno.env.get("PATH")!.split(":").map((path) => join(path, name)).find((path) =>
      existsSync(path)
    );
    await Deno.symlink(found!, join(folder, name));
  }
  for (const [name, body] of Object.entries(scripts)) {
    await Deno.writeTextFile(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  return folder;
}

/** Why the real thing can't be tried here. */
async function obstacle(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    return `${Deno.build.os} on ${Deno.build.arch}`;
  }
  const folder = await Deno.makeTempDir();
  try {
    const runs = async (name: string, ...args: string[]) =>
      await new Deno.Command(name, { args, stdout: "null", stderr: "null" }).output().then(
        (o) => o.success,
        () => false,
      );
    if (!await runs("g++", "--version")) return "no g++";
    if (!await runs("python3", "-m", "pip", "--version")) return "no pip";
    const small = [
      "-m",
      "pip",
      "download",
      "--quiet",
      "--no-deps",
      "--retries=0",
      "-d",
      folder,
      "six==1.17.0",
    ];
    return await runs("python3", ...small) ? undefined : "PyPI does not answer";
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const why = await obstacle();
const ignore = why !== undefined, note = ignore ? ` (not here: ${why})` : "";

Deno.test({
  name: `the set-up builds the native backend in a fresh clone, whatever it was killed at${note}`,
  ignore,
}, async (t) => {
  const base = await Deno.makeTempDir({ prefix: "gcln set-up " }); // with a space
  const cache = join(base, "cache"), place = { folder: await checkout(join(base, "clone")), cache };
  const built = join(cache, "tensorflow-cpu-2.21.0");
  const unfinished = () => [STAMP, ADDON].every((path) => !existsSync(join(place.folder, path)));

  await t.step(
    "killed while it installs the npm packages, it leaves nothing that looks finished",
    async () => {
      assert(await killedAt(place, "Setting up"));
      assert(unfinished());
    },
  );
  await t.step("killed while it downloads, it leaves nothing that looks finished", async () => {
    assert(await killedAt(place, "fetching"));
    assert(unfinished() && !existsSync(built));
  });
  await t.step(
    "killed while it compiles, it leaves the library and nothing else that looks finished",
    async () => {
      assert(await killedAt(place, "compiling"));
      assert(unfinished() && existsSync(built));
      assertEquals([...Deno.readDirSync(built)].filter(({ name }) => name.endsWith(".node")), []);
    },
  );
  await t.step("the next run finishes, without another download, and sweeps", async () => {
    const { code, said } = await setup(place);
    assertEquals(code, 0);
    assertStringIncludes(said, "native TensorFlow ready");
    assert(!said.includes("fetching"), said);
    assertEquals([...Deno.readDirSync(cache)].map(({ name }) => name), ["tensorflow-cpu-2.21.0"]);
    assert(existsSync(join(place.folder, STAMP)));
  });
  await t.step("a second run prints nothing and changes no file", async () => {
    const before = files(base);
    assertEquals(await setup(place), { code: 0, said: "" });
    assertEquals(files(base), before);
  });
  await t.step("a program in the clone computes with the native library", async () => {
    const code = `import { tf, useBackend } from "./lib/tensor/mod.ts";
      console.log((await useBackend()).name, (await tf.scalar(2).mul(3).data())[0]);`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", code],
      cwd: place.folder,
      env: { GCLN_BACKEND: "" },
    }).output();
    assertEquals(new TextDecoder().decode(stdout).trim(), "tensorflow 6");
  });
  await t.step("a second clone takes what is in the cache", async () => {
    const { code, said } = await setup({ folder: await checkout(join(base, "second")), cache });
    assertEquals(code, 0);
    assertStringIncludes(said, "native TensorFlow ready");
    assert(!/fetching|compiling/.test(said), said);
  });
  await t.step("where the cache was deleted, the next run notices", async () => {
    await Deno.rename(cache, `${cache} elsewhere`);
    const { code, said } = await setup({ ...place, path: await tools(join(base, "nothing"), []) });
    assertEquals(code, 0);
    assertMatch(said, /No native TensorFlow here: g\+\+ was not found/);
  });
  await Deno.remove(base, { recursive: true });
});

/** What the set-up of a clone says of the native backend when only some tools are on the PATH. */
async function without(links: readonly string[], scripts: Record<string, string> = {}): Promise<string> {
  const base = await Deno.makeTempDir();
  try {
    const path = await tools(join(base, "bin"), links, scripts);
    const place = { folder: await checkout(join(base, "clone")), cache: join(base, "cache"), path };
    const { code, said } = await setup(place);
    assertEquals(code, 0, said);
    const left = existsSync(place.cache) ? [...Deno.readDirSync(place.cache)].map(({ name }) => name) : [];
    assertEquals(left, []);
    assert(existsSync(join(place.folder, STAMP)), "A set-up without the native backend is one, too");
    assertEquals((await setup(place)).said, "");
    return said.split("\n").filter((line) => line.includes("No native TensorFlow here")).join("\n");
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

const onLinux = { ignore: Deno.build.os !== "linux" || Deno.build.arch !== "x86_64" };

Deno.test("the set-up without g++ says so in one line and leaves wasm in use", onLinux, async () => {
  assertMatch(
    await without(["sh"]),
    /^ {2}No native TensorFlow here: g\+\+ was not found \(.*apt-get install g\+\+\)\. The wasm backend is used instead.*$/,
  );
});

Deno.test(
  "the set-up without python3 or without pip says so in one line and leaves wasm in use",
  onLinux,
  async () => {
    const compiler = { "g++": "exit 0" };
    assertMatch(
      await without(["sh"], compiler),
      /^ {2}No native TensorFlow here: python3 was not found \(.*python3-pip\)\..*$/,
    );
    const pipless = { ...compiler, python3: "echo 'No module named pip' >&2; exit 1" };
    assertMatch(
      await without(["sh"], pipless),
      /^ {2}No native TensorFlow here: .*No module named pip \(.*python3-pip\)\..*$/,
    );
  },
);

Deno.test(
  "the set-up fetches nothing for CUDA where there is no GPU, and says what it found",
  onLinux,
  async () => {
    const base = await Deno.makeTempDir();
    try {
      const gpu = `echo "GPU 0: NVIDIA T4 (UUID: GPU-1)"`, none = `echo "No devices were found" >&2; exit 6`;
      const machines = [
        [{}, "No NVIDIA GPU was found: there is no nvidia-smi", "tensorflow-cpu"],
        [
          { "nvidia-smi": none },
          "No NVIDIA GPU was found: nvidia-smi says: No devices were found",
          "tensorflow-cpu",
        ],
        [{ "nvidia-smi": gpu }, "found NVIDIA T4", "tensorflow"],
      ] as const;
      for (const [i, [scripts, says, wheel]] of machines.entries()) {
        // A pip that says what it is to fetch, and fails.
        const python3 = `echo "asked for $*" >&2; exit 1`;
        const path = await tools(join(base, `bin${i}`), ["sh"], { "g++": "exit 0", python3, ...scripts });
        const place = { folder: await checkout(join(base, `clone${i}`)), cache: join(base, "cache"), path };
        const { code, said } = await setup(place, "--cuda");
        assertEquals(code, 0, said);
        assertStringIncludes(said, says);
        assertStringIncludes(said, ` ${wheel}==2.21.0`);
      }
    } finally {
      await Deno.remove(base, { recursive: true });
    }
  },
);

Deno.test("gpuNames() reads the names of all GPUs, and none from anything else", () => {
  const listed =
    "GPU 0: NVIDIA H200 (UUID: GPU-1)\nGPU 1: Tesla T4 (UUID: GPU-2)\n  MIG 1g.18gb Device 0: (UUID: MIG-3)\n";
  assertEquals(gpuNames(listed), ["NVIDIA H200", "Tesla T4"]);
  assertEquals(gpuNames("No devices were found"), []);
});

Deno.test("the set-up refuses a wheel with another checksum and keeps nothing of it", onLinux, async () => {
  // A pip that downloads something else: it writes a file into the folder after -d.
  const python3 =
    `while [ "$1" != "-d" ]; do shift; done; /bin/mkdir -p "$2"; echo wrong > "$2/tensorflow_cpu.whl"`;
  const said = await without(["sh"], { "g++": "exit 0", python3 });
  assertMatch(said, /the wheel's SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}/);
});

Deno.test("the set-up refuses a flag that it does not know and does nothing", async () => {
  const folder = await checkout(await Deno.makeTempDir());
  const before = files(folder);
  const { code, said } = await setup({ folder, cache: join(folder, "cache") }, "--cpu");
  assertEquals(code, 1);
  assertEquals(
    said.trim(),
    "Set-up failed: Unknown flag --cpu. Known: --cuda, --cuda=anyway, --force, --cache=DIR, --help",
  );
  assertEquals(files(folder), before);
  await Deno.remove(folder, { recursive: true });
});
