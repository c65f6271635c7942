import { assert, assertEquals, assertRejects } from "@std/assert";
import { isWrittenSince, readIfThere, readPublished, writeAtomically } from "@gcln/kit/files";
import { pathToFileURL } from "node:url";
import { inFolder } from "../_in_folder.ts";

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("writeAtomically() makes the folders on the way and leaves nothing but the file", async () => {
  await inFolder(async (folder) => {
    await writeAtomically(`${folder}/a/b/file`, "old");
    await writeAtomically(`${folder}/a/b/file`, new TextEncoder().encode("new"));
    assertEquals(text(await readIfThere(`${folder}/a/b/file`)), "new");
    assertEquals(namesIn(`${folder}/a/b`), ["file"]);
  });
});

Deno.test("writeAtomically() leaves no temporary file where it fails", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/file`);
    await assertRejects(() => writeAtomically(`${folder}/file`, "a file can't replace a folder"));
    assertEquals(namesIn(folder), ["file"]);
    assertEquals(namesIn(`${folder}/file`), []);
  });
});

Deno.test("writeAtomically() from many at once leaves one whole file", async () => {
  await inFolder(async (folder) => {
    const contents = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(100_000));
    await Promise.all(contents.map((content) => writeAtomically(`${folder}/file`, content)));
    assert(contents.includes(text(await readIfThere(`${folder}/file`))!));
    assertEquals(namesIn(folder), ["file"]);
  });
});

Deno.test("readIfThere(), isWrittenSince() and readPublished() take a missing file for an answer", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/file`;
    assertEquals(await readIfThere(path), undefined);
    assertEquals(await isWrittenSince(path, new Date(0)), false);
    assertEquals(await readPublished(pathToFileURL(path)), undefined);
    await writeAtomically(path, "here");
    assertEquals(text(await readPublished(pathToFileURL(path))), "here");
    assertEquals(await isWrittenSince(path, new Date(0)), true);
    assertEquals(await isWrittenSince(path, new Date(Date.now() + 60_000)), false);
  });
});

Deno.test("readIfThere() passes on every error but a missing file", async () => {
  await inFolder(async (folder) => {
    await assertRejects(() => readIfThere(folder));
  });
});
