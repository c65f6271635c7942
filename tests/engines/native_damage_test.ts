/**
 * The native engine whose files are missing, empty or cut off, in a copy of the checkout. Loading such a file would end the
 * process with a signal.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname, join } from "node:path";
import { nativeDamage } from "../../lib/engines/tensorflow/native_files.ts";
import { ADDON, copiedCheckout, isOurs, ownEngine, ROOT, STAMP } from "../scripts/_copied_checkout.ts";

async function run(
  folder: string,
  args: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: folder,
    env: { NO_COLOR: "1", GCLN_BACKEND: "" },
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout).trim(), err: text.decode(stderr).trim() };
}

const PROGRAM = `import { tf, useBackend } from "./lib/tensor/mod.ts";
  const { name } = await useBackend();
  const refused = await useBackend("tensorflow").then(() => "", ({ message }) => message);
  console.log(name, (await tf.scalar(2).mul(3).data())[0], refused);`;

/** Each leaves the engine of a checkout with one damage, and says what the message must say. */
const damages: Readonly<
  Record<string, { make(own: { addon: string; library: string }): Promise<void>; says: RegExp }>
> = {
  "an empty addon": {
    make: ({ addon }) => Deno.truncate(addon, 0),
    says: /addon\.node is empty/,
  },
  "an addon that is cut off": {
    make: ({ addon }) => Deno.truncate(addon, 70_000),
    says: /addon\.node is cut off: it has 70000 of \d+ bytes/,
  },
  "a library that is cut off": {
    make: async ({ library }) => {
      const real = await Deno.realPath(library);
      await Deno.remove(library);
      using whole = await Deno.open(real);
      const head = new Uint8Array(1 << 20);
      await whole.read(head);
      await Deno.writeFile(library, head);
    },
    says: /libtensorflow_framework\.so\.2 is cut off/,
  },
  "no library": {
    make: ({ library }) => Deno.remove(library),
    says: /libtensorflow_framework\.so\.2 is not there/,
  },
  "no addon": {
    make: ({ addon }) => Deno.remove(addon),
    says: /its addon .*tfjs_binding\.node is not there/,
  },
};

Deno.test({
  name: "the native engine with damaged files is passed over, and standard error says why and what helps",
  ignore: !isOurs,
}, async (t) => {
  const folder = await copiedCheckout();
  for (const [name, { make, says }] of Object.entries(damages)) {
    await t.step(name, async () => {
      await make(await ownEngine(folder));
      const { code, out, err } = await run(folder, ["eval", PROGRAM]);
      assertEquals(code, 0, err);
      assertMatch(out, /^wasm 6 /);
      assertMatch(out, says);
      assertMatch(err, says);
      assertMatch(
        err,
        // A line of its own: a graphics driver may have said something before.
        /^Native TensorFlow is not used: .*`deno task setup --force` makes it anew\. In its place: wasm/m,
      );
      assert(nativeDamage(join(folder, ADDON))?.match(says));
      await Deno.remove(join(folder, "engine"), { recursive: true });
    });
  }
  await t.step("the set-up mends it, also where its stamp is not what it wrote", async () => {
    await Deno.writeTextFile(join(folder, STAMP), "null");
    const cache = dirname(dirname(await Deno.realPath(join(ROOT, ADDON))));
    const { code, err } = await run(folder, [
      ...["run", "-A", "--no-config", "--no-lock", "scripts/setup.ts", `--cache=${cache}`],
    ]);
    assertEquals(code, 0, err);
    assertMatch(err, /native TensorFlow ready/);
    assertMatch((await run(folder, ["eval", PROGRAM])).out, /^tensorflow 6$/);
  });
  await Deno.remove(folder, { recursive: true });
});
