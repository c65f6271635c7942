import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { cifar10, DataError, locate } from "@gcln/kit/data";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { readPickle } from "../../lib/data/_pickle.ts";
import { goldenFile, goldenNames } from "./_golden_files.ts";
import { cifarBatch, inFolder, only, tar } from "./_small_files.ts";

const binary = cifarBatch([7, 0]);

async function write(folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
    await Deno.writeFile(join(folder, name), bytes);
  }
}

Deno.test("cifar10() reads the Python version in every protocol as it reads the binary one", async () => {
  await inFolder(async (folder) => {
    await write(folder, { "binary/test_batch.bin": binary });
    const wanted = await cifar10("test", only(join(folder, "binary")));
    assertEquals([...wanted.labels], [7, 0]);
    const names = goldenNames.filter((name) => name.startsWith("cifar "));
    assertEquals(names.length, 26);
    for (const [i, name] of names.entries()) {
      await write(folder, { [`${i}/cifar-10-batches-py/test_batch`]: goldenFile(name) });
      const data = await cifar10("test", only(join(folder, `${i}`)));
      assertEquals([[...data.labels], data.pixels], [[7, 0], wanted.pixels], name);
      assertEquals(data.checksum, wanted.checksum);
    }
  });
});

Deno.test("cifar10() reads all five training batches of the Python version, in their order", async () => {
  await inFolder(async (folder) => {
    const parts = [0, 1, 2, 3, 4].map((protocol) => goldenFile(`cifar protocol ${protocol}`));
    await write(
      folder,
      Object.fromEntries(parts.map((part, i) => [`cifar-10-batches-py/data_batch_${i + 1}`, part])),
    );
    assertEquals([...(await cifar10("train", only(folder))).labels], [7, 0, 7, 0, 7, 0, 7, 0, 7, 0]);
  });
});

Deno.test("cifar10() takes the binary version where both are there", async () => {
  await inFolder(async (folder) => {
    await write(folder, { "test_batch.bin": cifarBatch([3]), "test_batch": goldenFile("cifar protocol 2") });
    assertEquals([...(await cifar10("test", only(folder))).labels], [3]);
  });
});

Deno.test("cifar10() reads the Python version out of its archive", async () => {
  await inFolder(async (folder) => {
    const files = { "cifar-10-batches-py/test_batch": goldenFile("cifar python 2") };
    await write(folder, { "cifar-10-python.tar.gz": gzipSync(tar(files)) });
    assertEquals([...(await cifar10("test", only(folder))).labels], [7, 0]);
    await assertRejects(
      () => cifar10("train", only(folder)),
      DataError,
      "data_batch_1, data_batch_2, data_batch_3, data_batch_4, data_batch_5 is not in it",
    );
  });
});

Deno.test("cifar10() refuses a Python version that is not the published one; locate() finds it", async () => {
  await inFolder(async (folder) => {
    const names = [...[1, 2, 3, 4, 5].map((i) => `data_batch_${i}`), "test_batch"];
    const files = names.map((name) => [`cifar-10-batches-py/${name}`, goldenFile("cifar protocol 2")]);
    await write(folder, Object.fromEntries(files));
    const { checksums: _, ...published } = only(folder);
    await assertRejects(() => cifar10("test", published), DataError, "not the published one (MD5");
    const found = await locate("cifar10", published);
    assertEquals(found.map(({ file }) => file), names);
    for (const { state } of found) assertMatch(state, /not the published one/);
  });
});

const wrongs: Readonly<Record<string, [bytes: Uint8Array, says: RegExp]>> = {
  "zeros": [new Uint8Array(100), /as a pickle, it has 0x00 at 0, which is no opcode/],
  "half a file": [
    goldenFile("cifar protocol 4").subarray(0, 3000),
    /as a pickle, it ends too early, after 3000/,
  ],
  "a call": [goldenFile("pickle call 2"), /as a pickle, it wants posix.system, which is no plain data/],
  "a set": [goldenFile("pickle set"), /as a pickle, it uses EMPTY_SET, which plain data has no need of/],
  "objects": [goldenFile("pickle object array"), /numbers of NumPy's type "O8"/],
  "CIFAR-100": [goldenFile("pickle cifar100"), /it is of CIFAR-100, CIFAR-10 is wanted/],
  "a number": [Uint8Array.of(0x80, 2, 0x4b, 7, 0x2e), /it holds no dictionary of data and labels/],
  "a later protocol": [Uint8Array.of(0x80, 9), /it is of protocol 9, 0 to 5 are read/],
};

for (const [what, [bytes, says]] of Object.entries(wrongs)) {
  Deno.test(`cifar10() says what is wrong with a Python version of ${what}`, async () => {
    await inFolder(async (folder) => {
      await write(folder, { "cifar-10-batches-py/test_batch": bytes });
      const error = await assertRejects(() => cifar10("test", only(folder)), DataError);
      assertMatch(error.message, says);
      assert(error.message.includes(join(folder, "cifar-10-batches-py/test_batch")), error.message);
    });
  });
}

Deno.test("readPickle() refuses a call in every protocol, by its name, and runs nothing", async () => {
  for (let protocol = 0; protocol < 6; protocol++) {
    assertThrows(() => readPickle(goldenFile(`pickle call ${protocol}`), "a"), DataError, "posix.system");
  }
  await assertRejects(() => Deno.stat("/tmp/gcln-pickle-was-run"), Deno.errors.NotFound);
});

Deno.test("readPickle() reads numbers, text, lists, tuples and dictionaries", () => {
  const read = (text: string) => readPickle(Uint8Array.from(text, (letter) => letter.charCodeAt(0)), "a");
  assertEquals(read("(lp0\nI1\naL-5L\naF2.5\naI01\naNa."), [1, -5, 2.5, true, null]);
  assertEquals(read("S'a\\x41\\n\\'\\\\'\n."), Uint8Array.of(97, 65, 10, 39, 92));
  assertEquals(read("V\\u00e9a\n."), "éa");
  assertEquals(read("\x80\x02\x8a\x02\x00\xff."), -256);
  assertEquals(read("\x80\x02G\x40\x04\x00\x00\x00\x00\x00\x00."), 2.5);
  assertEquals(read("\x80\x02J\xff\xff\xff\xffM\x01\x02\x86."), [-1, 513]);
  assertEquals(read("(S'a'\nI1\nI2\nI3\nd."), new Map<unknown, unknown>([["a", 1], [2, 3]]) as never);
});

Deno.test("readPickle() makes no more bytes than a file of its size may hold", () => {
  const text = "x".repeat(1000), calls = "c_codecs\nencode\n(g0\nVlatin1\ntR0".repeat(50);
  const bytes = new TextEncoder().encode(`V${text}\np0\n${calls}.`);
  assertThrows(() => readPickle(bytes, "a"), DataError, "it makes more bytes than it holds");
});
