import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { denoDir } from "../_deno_dir.ts";

const script = new URL("../../scripts/reproduce.ts", import.meta.url).pathname;
const root = new URL("../../", import.meta.url).pathname;

/** Measures two rows of Table 1 with these permissions, and none that is asked for later. */
async function measured(folder: string, ...permissions: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-lock",
      "--no-check",
      ...permissions,
      script,
      "table1",
      "--rows=No Defense,Our method (Qs = 10)",
      "--columns=Clean,FGS",
      "--examples=4",
      `--results=${folder}/results`,
    ],
    env: { NO_COLOR: "1", DENO_DIR: denoDir, XDG_CACHE_HOME: `${folder}/cache`, TMPDIR: `${folder}/tmp` },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    // Where the C library is, as a set-up leaves it.
    const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME")}/.cache`;
    await Deno.mkdir(`${folder}/cache/gcln`, { recursive: true });
    await Deno.mkdir(`${folder}/tmp`);
    for (const { name } of Deno.readDirSync(`${cache}/gcln`)) {
      if (name.startsWith("tensorflow")) {
        await Deno.symlink(`${cache}/gcln/${name}`, `${folder}/cache/gcln/${name}`);
      }
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const read = "--allow-read", env = "--allow-env", sys = "--allow-sys";

Deno.test("a table needs to read, to write its cache and results, and no network and no other program", () =>
  withFolder(async (folder) => {
    const { code, out, err } = await measured(
      folder,
      read,
      `--allow-write=${folder}`,
      env,
      sys,
      "--allow-ffi",
    );
    assertEquals(code, 0, err);
    assertStringIncludes(out, "| No Defense");
    const kinds = [...Deno.readDirSync(`${folder}/results`)].map(({ name }) => name.split(".").at(-1)!);
    assertEquals(kinds.toSorted(), ["html", "json", "md", "png"]);
    const commit = /kit [\d.]+ \(commit/.test(out);
    assertEquals(commit, false); // git is another program
  }));

Deno.test("without native code a table is computed by WebAssembly, and one line says why", () =>
  withFolder(async (folder) => {
    const { code, out, err } = await measured(folder, read, `--allow-write=${folder}`, env, sys);
    assertEquals(code, 0, err);
    assertStringIncludes(out + err, "Backend: wasm");
    assertStringIncludes(err, "No picture: the library sharp does not load. Without --allow-ffi");
    assertStringIncludes(out, "| No Defense");
  }));

Deno.test("a table that may not write its results ends with an error that names the permission", () =>
  withFolder(async (folder) => {
    const { code, err } = await measured(
      folder,
      read,
      `--allow-write=${folder}/cache,${folder}/tmp`,
      env,
      sys,
      "--allow-ffi",
    );
    assert(code !== 0);
    assertStringIncludes(err, `${folder}/results`);
    assertStringIncludes(err, "--allow-write");
  }));

Deno.test("the documentation lists these permissions", async () => {
  const page = await Deno.readTextFile(`${root}docs/setup.md`);
  for (const flag of [read, "--allow-write=", env, sys, "--allow-ffi"]) assertStringIncludes(page, flag);
});

/** The permissions that a task asks for. */
async function permissionsOf(task: string): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  return tasks[task].command.split(" ").filter((word: string) => /^-A$|^--allow-|^--no-prompt$/.test(word));
}

/** Runs a script with the permissions of its task, in a folder elsewhere. */
async function ran(task: string, folder: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-lock",
      "--no-check",
      ...await permissionsOf(task),
      `${root}scripts/${task}.ts`,
      ...args,
    ],
    cwd: folder,
    env: { NO_COLOR: "1", DENO_DIR: denoDir, XDG_CACHE_HOME: `${folder}/cache`, LD_LIBRARY_PATH: "/usr/lib" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr) };
}

Deno.test("deno task report and data ask for no -A, never prompt, and work with folders elsewhere", async () => {
  const folder = await Deno.makeTempDir();
  for (const task of ["report", "data"]) {
    const asked = await permissionsOf(task);
    assertEquals(asked.includes("-A") || asked.some((flag) => flag.startsWith("--allow-run")), false);
    assert(asked.includes("--no-prompt"));
  }
  await Deno.mkdir(`${folder}/mine`);
  const result = "table1-quick-street-digits.json";
  await Deno.copyFile(`${root}fixtures/measured/${result}`, `${folder}/mine/${result}`);
  const page = await ran("report", folder, "--results=mine", "--output=page.html", "--pictures-only");
  assertEquals(page.code, 0, page.err);
  assert((await Deno.stat(`${folder}/page.html`)).size > 10_000);
  const listed = await ran("data", folder, "street-digits", "--sheet");
  assertEquals(listed.code, 0, listed.err);
  assert((await Deno.stat(`${folder}/results/data-street-digits-test.png`)).size > 1000, listed.out);
  await Deno.remove(folder, { recursive: true });
});
