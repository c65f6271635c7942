import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DataError, readNpy } from "@gcln/kit/data";
import { join } from "node:path";
import { goldenFile, goldenNames } from "./_golden_files.ts";
import { inFolder } from "./_small_files.ts";

async function read(bytes: Uint8Array): Promise<Awaited<ReturnType<typeof readNpy>>> {
  const folder = await Deno.makeTempDir({ prefix: "gcln-data-" }), path = join(folder, "array.npy");
  try {
    await Deno.writeFile(path, bytes);
    return await readNpy(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readNpy() reads every type in both orders of dimensions and of bytes", async () => {
  const names = goldenNames.filter((name) => /^[a-z]\d [CF]/.test(name));
  assertEquals(names.length, 38);
  for (const name of names) {
    const { shape, type, data } = await read(goldenFile(name));
    const truth = name.startsWith("b1");
    assertEquals(shape, [2, 3], name);
    assertEquals(Array.from(data, Number), truth ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 100, 101, 102], name);
    const bits = 8 * Number(name[1]);
    const wanted = { b: "bool", u: `uint${bits}`, i: `int${bits}`, f: `float${bits}` };
    assertEquals(type, wanted[name[0] as "b" | "u" | "i" | "f"]);
    assert(truth || data.constructor.name.toLowerCase().replace("big", "").startsWith(type), name);
  }
});

Deno.test("readNpy() reads a single number, an empty array and version 2 of the format", async () => {
  assertEquals(await read(goldenFile("number.npy")), {
    type: "float64",
    shape: [],
    data: Float64Array.of(2.5),
  });
  assertEquals((await read(goldenFile("empty.npy"))).shape, [0, 3]);
  assertEquals((await read(goldenFile("version 2.npy"))).data, Int16Array.of(0, 1, 2, 3, 4, 5));
});

const good = goldenFile("i4 C <.npy");

/** The same file with another text in its header. */
function withHeader(from: string, to: string): Uint8Array {
  const text = Array.from(good, (byte) => String.fromCharCode(byte)).join("");
  assert(text.includes(from));
  return Uint8Array.from(text.replace(from, to.padEnd(from.length)), (letter) => letter.charCodeAt(0));
}

const wrongs: Readonly<Record<string, [bytes: Uint8Array, says: RegExp]>> = {
  "objects": [goldenFile("objects.npy"), /its type is "O" \(Python objects\), which is not read here/],
  "text": [goldenFile("text.npy"), /its type is "U1" \(text: numpy.unique/],
  "named fields": [goldenFile("fields.npy"), /its type has named fields, plain numbers are wanted/],
  "half floats": [goldenFile("half.npy"), /float16: save it as float32/],
  "nothing": [new Uint8Array(), /it does not start as a .npy file does/],
  "a web page": [new TextEncoder().encode("<html>"), /it does not start as a .npy file does/],
  "half a header": [good.subarray(0, 40), /it ends within its header, after 40 bytes/],
  "half its numbers": [
    good.subarray(0, -12),
    /it has 12 bytes of numbers, its header promises 24 \(2 × 3 of int32\)/,
  ],
  "a later version": [good.map((byte, i) => i === 6 ? 9 : byte), /it is of version 9/],
  "a huge shape": [withHeader("(2, 3)", "(9e9,)"), /its header can't be understood/],
  "more than it has": [withHeader("(2, 3), ", "(99999999,)"), /its header promises 399999996/],
  "no shape": [withHeader("'shape'", "'shade'"), /its header can't be understood/],
};

for (const [what, [bytes, says]] of Object.entries(wrongs)) {
  Deno.test(`readNpy() says what is wrong with a file of ${what}`, async () => {
    const error = await assertRejects(() => read(bytes), DataError);
    assertMatch(error.message, says);
    assertMatch(error.message, /array\.npy: /);
  });
}

Deno.test("readNpy() says so where there is no file, or a folder", async () => {
  await inFolder(async (folder) => {
    await assertRejects(() => readNpy(join(folder, "a.npy")), DataError, "a.npy: it is not there");
    await assertRejects(() => readNpy(folder), DataError, folder);
  });
});
