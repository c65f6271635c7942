import { assert, assertEquals } from "@std/assert";
import { DataError, imageFolder, npz } from "@gcln/kit/data";
import fc from "fast-check";
import { join } from "node:path";
import sharp from "sharp";
import { pythonRecords } from "../../lib/data/_cifar_python.ts";
import { readIdx } from "../../lib/data/_idx.ts";
import { readMat5 } from "../../lib/data/_mat5.ts";
import { readNpyBytes } from "../../lib/data/_npy.ts";
import { wrongFile } from "../../lib/data/_own_files.ts";
import { readPickle } from "../../lib/data/_pickle.ts";
import { readZip } from "../../lib/data/_zip.ts";
import { goldenFile, goldenNames } from "./_golden_files.ts";
import { idx, inFolder } from "./_small_files.ts";

/** One change of a file; places are shares of its length, so that they fit every file. */
type Damage =
  | { readonly what: "set" | "insert"; readonly at: number; readonly bytes: readonly number[] }
  | { readonly what: "cut" | "remove"; readonly at: number; readonly length: number }
  | { readonly what: "copy"; readonly at: number; readonly from: number; readonly length: number };

// Headers are where a byte decides over much, so half of all changes are near the start or the end.
const place = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, 0.001, 0.01, 0.05, 0.98, 1),
);
const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 127, 128, 255));
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({
    what: fc.constantFrom("set", "insert"),
    at: place,
    bytes: fc.array(byte, { minLength: 1, maxLength: 8 }),
  }),
  fc.record({ what: fc.constantFrom("cut", "remove"), at: place, length: fc.integer({ min: 1, max: 64 }) }),
  fc.record({
    what: fc.constant("copy" as const),
    at: place,
    from: place,
    length: fc.integer({ min: 1, max: 200 }),
  }),
) as fc.Arbitrary<Damage>;

function damaged(bytes: Uint8Array, changes: readonly Damage[]): Uint8Array {
  let now = Array.from(bytes);
  for (const change of changes) {
    const at = Math.min(now.length, Math.floor(change.at * now.length));
    if ("from" in change) {
      const from = Math.floor(change.from * now.length);
      now.splice(at, 0, ...now.slice(from, from + change.length));
    } else if (change.what === "set") {
      change.bytes.forEach((byte, i) => at + i < now.length && (now[at + i] = byte));
    } else if (change.what === "insert") now.splice(at, 0, ...change.bytes);
    else if (change.what === "remove") now.splice(at, change.length);
    else now = now.slice(0, at);
  }
  return Uint8Array.from(now);
}

/** What a reader makes of damaged bytes: something of a bounded size, or an error that names the file. */
function checkReader(
  names: readonly string[],
  read: (bytes: Uint8Array) => number | void,
  { runs = 400, bound = 1100 } = {},
): void {
  const files = names.map(goldenFile);
  fc.assert(
    fc.property(
      fc.nat(files.length - 1),
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      (file, changes) => {
        const bytes = damaged(files[file]!, changes), start = performance.now();
        try {
          const size = read(bytes) ?? 0;
          assert(size <= bound * bytes.length + 1000, `${names[file]}: ${size} of ${bytes.length} bytes`);
        } catch (error) {
          assert(error instanceof DataError, `${names[file]}: ${error}`);
          assert(error.message.startsWith("Cannot use some/file"), error.message);
          assert(error.message.length < 1500, error.message);
        }
        assert(performance.now() - start < 2000, `${names[file]} took ${performance.now() - start} ms`);
      },
    ),
    { numRuns: runs, seed: 12 },
  );
}

const path = "some/file", wrong = wrongFile(path);

Deno.test("readPickle() gives a clear error or a result for damaged files, and takes no more memory than they hold", () => {
  const names = goldenNames.filter((name) => /^(cifar|pickle)/.test(name));
  checkReader(names, (bytes) => void readPickle(bytes, path), { runs: 1500 });
  checkReader(names, (bytes) => pythonRecords(bytes, path).length, { runs: 500, bound: 2 });
});

Deno.test("readPickle() ends on any bytes", () => {
  const opcodes = Uint8Array.from(
    "(.0124FGIJKLMNSTUVXabcdeghjlpqrstu}])\x80\x85\x86\x87\x88\x89\x8a\x8c\x94\x95RR",
    (
      letter,
    ) => letter.charCodeAt(0),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...opcodes), byte), { maxLength: 300 }), (bytes) => {
      try {
        readPickle(Uint8Array.from([0x80, 2, ...bytes]), path);
      } catch (error) {
        assert(error instanceof DataError, `${error}`);
      }
    }),
    { numRuns: 3000, seed: 3 },
  );
});

Deno.test("readNpyBytes() gives a clear error or an array of the file's size for damaged files", () => {
  const names = goldenNames.filter((name) => name.endsWith(".npy"));
  checkReader(names, (bytes) => {
    const { shape, data } = readNpyBytes(bytes, wrong);
    assertEquals(shape.reduce((a, b) => a * b, 1), data.length);
    return data.byteLength;
  }, { runs: 1500, bound: 1 });
});

Deno.test("readZip() gives a clear error or right content for damaged files", () => {
  const names = goldenNames.filter((name) => name.endsWith(".npz"));
  const whole = new Set(
    names.flatMap((name) => readZip(goldenFile(name), wrong).map(({ content }) => `${content()}`)),
  );
  checkReader(names, (bytes) => {
    let size = 0;
    for (const { content } of readZip(bytes, wrong)) {
      const unpacked = content();
      size += unpacked.length;
      assert(whole.has(`${unpacked}`), "content that nobody wrote");
    }
    return size;
  }, { runs: 800 });
});

Deno.test("readMat5() gives a clear error or a result for damaged files", () => {
  const names = goldenNames.filter((name) => name.endsWith(".mat"));
  checkReader(names, (bytes) => {
    let size = 0;
    for (const { data } of readMat5(bytes, path).values()) size += data?.byteLength ?? 0;
    return size;
  }, { runs: 800 });
});

Deno.test("readIdx() gives a clear error or all of the file's bytes for damaged files", () => {
  const file = idx([3, 4, 5], Uint8Array.from({ length: 60 }, (_, i) => i));
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (changes) => {
      const bytes = damaged(file, changes);
      try {
        assertEquals(readIdx(bytes, path, 3).data.length, bytes.length - 16);
      } catch (error) {
        assert(error instanceof DataError, `${error}`);
      }
    }),
    { numRuns: 500, seed: 5 },
  );
});

Deno.test("npz() gives a clear error or a data set for damaged files", async () => {
  const names = ["parts.npz", "packed.npz", "whole.npz", "unnamed.npz"], files = names.map(goldenFile);
  await inFolder(async (folder) => {
    const file = join(folder, "own.npz");
    await fc.assert(
      fc.asyncProperty(
        fc.nat(files.length - 1),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        async (i, changes) => {
          await Deno.writeFile(file, damaged(files[i]!, changes));
          try {
            const { facts } = await npz(file);
            assertEquals(facts.examples.train + facts.examples.test, 10);
          } catch (error) {
            assert(error instanceof DataError && error.message.startsWith(`Cannot use ${file}`), `${error}`);
          }
        },
      ),
      { numRuns: 300, seed: 4 },
    );
  });
});

Deno.test("imageFolder() gives a clear error or images of the right size for damaged files", async () => {
  const pixels = Uint8Array.from({ length: 12 * 12 * 3 }, (_, i) => (i * i) % 256);
  const image = sharp(pixels, { raw: { width: 12, height: 12, channels: 3 } });
  const files = [await image.png().toBuffer(), await image.jpeg().toBuffer()], ends = ["png", "jpg"];
  await inFolder(async (folder) => {
    for (const name of ["a", "b"]) await Deno.mkdir(join(folder, name));
    await Deno.writeFile(join(folder, "a/1.png"), files[0]!);
    await fc.assert(
      fc.asyncProperty(fc.nat(1), fc.array(damage, { minLength: 1, maxLength: 2 }), async (i, changes) => {
        const path = join(folder, `b/1.${ends[i]}`);
        await Deno.writeFile(path, damaged(files[i]!, changes));
        try {
          assertEquals((await imageFolder(folder)).facts.shape, [12, 12, 3]);
        } catch (error) {
          assert(error instanceof DataError && error.message.includes(path), `${error}`);
        }
        await Deno.remove(path);
      }),
      { numRuns: 150, seed: 6 },
    );
  });
});
