import { assertEquals, assertMatch } from "@std/assert";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { cifarBatch, inFolder } from "./_small_files.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

// The folder of Deno's own cache would move with the user's cache folder, and every package be fetched anew.
const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
const { denoDir } = JSON.parse(new TextDecoder().decode(info.stdout));

/** Runs `deno task data` as a process of its own; `results` is written where it runs. */
async function data(folder: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-lock",
      "--config",
      join(root, "deno.json"),
      join(root, "scripts/data.ts"),
      ...args,
    ],
    cwd: folder,
    env: { XDG_CACHE_HOME: join(folder, "cache"), GCLN_DATA: folder, DENO_DIR: denoDir, NO_COLOR: "1" },
  }).output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("deno task data lists what is there, what is missing and what is damaged", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "test_32x32.mat"), new Uint8Array(7));
    const { code, said } = await data(folder);
    assertEquals(code, 0, said);
    assertMatch(said, /street-digits: painted here/);
    assertMatch(said, /cifar10:\n {2}missing +cifar-10-binary.tar.gz\n/);
    assertMatch(said, /svhn:\n {2}missing +train_32x32.mat\n {2}its content is damaged.*test_32x32.mat\n/);
  });
});

Deno.test("deno task data writes a picture of a set, and says where", async () => {
  await inFolder(async (folder) => {
    const { code, said } = await data(folder, "street-digits", "--sheet");
    assertEquals(code, 0, said);
    assertMatch(said, /results\/data-street-digits-test.png/);
    const { width, height } = await sharp(join(folder, "results/data-street-digits-test.png")).metadata();
    assertEquals([width, height], [20 * 34 * 3, 5 * 34 * 3]);
  });
});

Deno.test("deno task data names the nearest right word, and damaged files in one line", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "test_batch.bin"), cifarBatch([1]));
    const said = async (code: number, ...args: string[]) => {
      const result = await data(folder, ...args);
      assertEquals(result.code, code, result.said);
      return result.said;
    };
    assertMatch(await said(2, "CIFAR-10"), /Unknown name "CIFAR-10": did you mean "cifar10"\?/);
    assertMatch(await said(2, "--shet"), /Unknown flag "--shet": did you mean "--sheet"\?/);
    assertMatch(await said(2, "--split=val"), /Unknown split "val"\. Known: train, test/);
    const damaged = await said(1, "cifar10", "--sheet");
    assertMatch(damaged, /test_batch.bin: its content is damaged or not/);
    assertEquals(damaged.trim().split("\n").length, 3, damaged);
  });
});
