/** Full disks, and folders that can't be written. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { download } from "../../lib/data/download.ts";
import { DiskError, writeAtomically } from "@gcln/kit/files";
import { fileCheckpoints, trainingLoop } from "@gcln/kit/training";
import { tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** Runs with a folder on a disk of 64 KiB; not at all where such a disk can't be mounted. */
async function onSmallDisk(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const mount = (args: readonly string[]) =>
    new Deno.Command(args[0]!, { args: args.slice(1), stderr: "null" }).output();
  const { success } = await mount(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder])
    .catch(() => ({ success: false }));
  try {
    if (success) await run(folder);
    else console.log("No disk can be mounted here");
  } finally {
    if (success) await mount(["umount", folder]);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeAtomically() to a full disk says which file, and what to do, and leaves nothing", () =>
  onSmallDisk(async (folder) => {
    const { message } = await assertRejects(
      () => writeAtomically(`${folder}/large`, new Uint8Array(200_000)),
      DiskError,
      `${folder}/large: there is no room left on the disk`,
    );
    assertStringIncludes(message, "XDG_CACHE_HOME");
    assert(!message.includes("\n"));
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("a training whose checkpoint has no room goes on", () =>
  onSmallDisk(async (folder) => {
    const { warn } = console, said: string[] = [];
    console.warn = (line) => void said.push(line);
    try {
      const { state } = await trainingLoop({
        steps: 4,
        imagesPerStep: 1,
        init: () => ({ x: tf.zeros([100_000]) }),
        step: ({ x }) => ({ state: { x: x!.add(1) }, facts: { loss: x!.mean() as tf.Scalar } }),
        checkpoints: fileCheckpoints(`${folder}/run.checkpoint`, "a run"),
        checkpointEvery: 0,
      });
      assertEquals((await state["x"]!.data())[0], 4);
      tf.dispose(Object.values(state));
    } finally {
      console.warn = warn;
    }
    assert(said.length > 0);
    for (const line of said) assertStringIncludes(line, `${folder}/run.checkpoint: there is no room left`);
  }));

Deno.test("writeAtomically() below a file is an error of the disk", async () => {
  const file = await Deno.makeTempFile();
  await assertRejects(() => writeAtomically(`${file}/below`, "text"), DiskError, file);
  await Deno.remove(file);
});

Deno.test("writeAtomically() removes what a killed process has left, once it is old", async () => {
  const folder = await Deno.makeTempDir(), old = new Date(Date.now() - 2 * 3_600_000);
  for (const name of ["a.json.4711-0a1b2c3d", "b.json.4711-0a1b2c3d", "c.json"]) {
    await Deno.writeTextFile(`${folder}/${name}`, "half");
  }
  for (const name of ["a.json.4711-0a1b2c3d", "c.json"]) await Deno.utime(`${folder}/${name}`, old, old);
  await writeAtomically(`${folder}/d.json`, "whole");
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
    "b.json.4711-0a1b2c3d",
    "c.json",
    "d.json",
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a download without room says which file, and what to do", () =>
  onSmallDisk(async (folder) => {
    const server = Deno.serve({ port: 0, onListen() {} }, () => new Response(new Uint8Array(200_000)));
    try {
      const url = `http://127.0.0.1:${server.addr.port}/data.bin`;
      await assertRejects(
        () => download(url, `${folder}/data.bin`),
        DiskError,
        `${folder}/data.bin.part: there is no room`,
      );
    } finally {
      await server.shutdown();
    }
  }));
