import { assertEquals, assertMatch } from "@std/assert";
import { libraryDamage } from "@gcln/kit/files";

const onLinux = { ignore: Deno.build.os !== "linux" };

/** A real library of this machine: the running program itself is an ELF file too. */
const LIBRARY = await Deno.realPath(Deno.execPath());

Deno.test("libraryDamage() finds nothing wrong with a whole library", onLinux, () => {
  assertEquals(libraryDamage(LIBRARY), undefined);
});

Deno.test(
  "libraryDamage() names what is wrong with one that is missing, empty, cut off or something else",
  onLinux,
  async () => {
    const folder = await Deno.makeTempDir(), path = `${folder}/lib.so`;
    const head = new Uint8Array(100_000);
    {
      using file = await Deno.open(LIBRARY);
      await file.read(head);
    }
    assertEquals(libraryDamage(path), `${path} is not there`);
    assertEquals(libraryDamage(folder), `${folder} is no file`);
    for (const size of [0, 3, 20, 63, 64, 100_000]) {
      await Deno.writeFile(path, head.subarray(0, size));
      assertMatch(
        libraryDamage(path)!,
        size === 0 ? /is empty$/ : size < 4 ? /is no library/ : /is cut off: it has \d+ of \d+ bytes$/,
      );
    }
    await Deno.writeFile(path, new Uint8Array(100_000));
    assertMatch(libraryDamage(path)!, /is no library: its first bytes are wrong$/);
    await Deno.remove(folder, { recursive: true });
  },
);
