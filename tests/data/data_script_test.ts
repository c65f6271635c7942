import { assertEquals, assertMatch } from "@std/assert";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { cifarBatch, inFolder } from "./_small_files.ts";
import { denoDir } from "../_deno_dir.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

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

Deno.test("deno task data shows what is in a folder of one's own images, as a name or as --dataset", async () => {
  await inFolder(async (folder) => {
    for (const [name, count] of [["cat", 5], ["dog", 10]] as const) {
      await Deno.mkdir(join(folder, "pets", name), { recursive: true });
      for (let i = 0; i < count; i++) {
        await sharp({ create: { width: 9, height: 7, channels: 3, background: { r: 20 * i, g: 0, b: 255 } } })
          .png().toFile(join(folder, "pets", name, `${i}.png`));
      }
    }
    for (const arg of ["folder:pets", "--dataset=folder:pets"]) {
      const { code, said } = await data(folder, arg, "--sheet");
      assertEquals(code, 0, said);
      assertMatch(said, /^pets-[0-9a-f]{8}:\n {2}images {4}7 × 9, 3 channels\n/);
      assertMatch(said, /train {5}12 images\n {2}test {6}3 images\n {2}classes {3}2\n/);
      assertMatch(said, /cat: 4 to train, 1 to test\n {4}dog: 8 to train, 2 to test\n/);
      assertMatch(said, /results\/data-pets-[0-9a-f]{8}-test.png/);
    }
    const { code, said } = await data(folder, "folder:nowhere");
    assertEquals([code, said.trim()], [1, "Cannot use nowhere: it is not there"]);
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
    assertMatch(await said(2, "CIFAR-10"), /No data set is called "CIFAR-10", did you mean "cifar10"\?/);
    assertMatch(await said(2, "--shet"), /Unknown flag "--shet": did you mean "--sheet"\?/);
    assertMatch(await said(2, "--split=val"), /Unknown split "val"\. Known: train, test/);
    const damaged = await said(1, "cifar10", "--sheet");
    assertMatch(damaged, /test_batch.bin: its content is damaged or not/);
    assertEquals(damaged.trim().split("\n").length, 3, damaged);
  });
});
