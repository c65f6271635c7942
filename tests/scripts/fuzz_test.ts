/** A small sample of `deno task fuzz`. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { useBackend } from "@gcln/kit/tensor";
import { type Reader, readers } from "../../scripts/fuzz/readers.ts";
import { fuzz } from "../../scripts/fuzz/run.ts";

await useBackend("wasm");

for (const [name, reader] of Object.entries(readers)) {
  Deno.test(`damaged input of kind ${name} is taken whole or refused by its name`, async () => {
    const { faults, taken, refused, files } = await fuzz(reader, 40, 11);
    assertEquals(faults.map(({ file, what }) => `file ${file}: ${what}`), []);
    assertEquals(taken + refused, files);
    assert(refused > 0);
  });
}

Deno.test("fuzz() finds a reader that throws another error, names no file, takes nonsense, leaves files or takes memory", async () => {
  const whole: Reader = {
    samples: () => [new Uint8Array(100)],
    mutate: (bytes) => bytes,
    read: () => undefined,
    isRefusal: (error) => error instanceof RangeError,
  };
  const faultOf = async (read: Reader["read"]) => (await fuzz({ ...whole, read }, 1, 1)).faults[0]?.what;
  assertEquals(await faultOf(() => undefined), undefined);
  assertEquals(await faultOf(() => "it is nonsense"), "taken, but it is nonsense");
  assertEquals(await faultOf(() => null!["x"]), "TypeError: Cannot read properties of null (reading 'x')");
  assertEquals(
    await faultOf(() => {
      throw new RangeError("no");
    }),
    "the file is not named: no",
  );
  assertEquals(
    await faultOf((_, path) => {
      throw new RangeError(`Cannot use ${path}`);
    }),
    undefined,
  );
  assertEquals(
    await faultOf((folder) => Deno.writeTextFileSync(`${folder}/../other`, "") as undefined),
    "it left folder,other beside its folder",
  );
  let calls = 0;
  const hungry = () => calls++ === 0 ? undefined : `${new Uint8Array(300e6).fill(1).length} bytes`;
  assertMatch(
    (await fuzz({ ...whole, read: hungry }, 1, 1)).faults[1]!.what,
    /^it took \d{3} MB of memory for 100 bytes$/,
  );
});
