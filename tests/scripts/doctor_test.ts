import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { healthOf } from "../../scripts/doctor/cache_health.ts";
import { copiedCheckout, isOurs, ownEngine, ROOT } from "./_copied_checkout.ts";

async function doctor(folder: string, cache: string): Promise<{ code: number; out: string }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", "--no-lock", join(folder, "scripts/doctor.ts")],
    cwd: "/",
    env: { NO_COLOR: "1", XDG_CACHE_HOME: cache, GCLN_DATA: cache, GCLN_BACKEND: "" },
    stderr: "inherit",
  }).output();
  return { code, out: new TextDecoder().decode(stdout) };
}

Deno.test("the doctor finds nothing wrong where the tests run, and says what could be added", async () => {
  const cache = await Deno.makeTempDir();
  const { code, out } = await doctor(ROOT, cache);
  assertEquals(code, 0, out);
  assertMatch(out, /^✓ engines +(tensorflow|webgpu|wasm) is taken, the fastest that works$/m);
  assertMatch(out, /^· +cifar10 is not there\n +→ deno task data cifar10 --download$/m);
  assertMatch(out, /^✓ disk +the cache .*: \d+\.\d GB free$/m);
  assertMatch(out, /The kit can work here; \d+ things? could be added\n$/);
  await Deno.remove(cache, { recursive: true });
});

Deno.test({
  name: "the doctor names a damaged engine, damaged files of the cache, and what mends each",
  ignore: !isOurs,
}, async () => {
  const folder = await copiedCheckout(), cache = await Deno.makeTempDir();
  await Deno.truncate((await ownEngine(folder)).addon, 5000);
  await Deno.mkdir(join(cache, "gcln", "trained"), { recursive: true });
  await Deno.writeTextFile(join(cache, "gcln", "trained", "a.safetensors"), "");
  const { code, out } = await doctor(folder, cache);
  assertEquals(code, 1, out);
  assertMatch(
    out,
    /^✗ +tensorflow is not used: .*addon\.node is cut off: it has 5000 of \d+ bytes.*\n +→ deno task setup --force$/m,
  );
  assertMatch(out, /^✗ cache +.*a\.safetensors: empty\n +→ remove it: it is made anew$/m);
  assertMatch(out, /things are wrong\n$/);
  await Deno.remove(folder, { recursive: true });
  await Deno.remove(cache, { recursive: true });
});

Deno.test("the doctor of a fresh clone asks for the set-up, installs nothing, and names a cache that is no folder", async () => {
  const folder = await copiedCheckout({ packages: false }), cache = await Deno.makeTempDir();
  await Deno.writeTextFile(join(cache, "gcln"), "in the way");
  const { code, out } = await doctor(folder, cache);
  assertEquals(code, 1, out);
  assertMatch(out, /^✗ packages +the npm packages are not installed\n +→ deno task setup$/m);
  assertMatch(out, /^· engines +can't be tried before the set-up$/m);
  assertMatch(out, /^✗ disk +the cache .*gcln can't be written to/m);
  assertEquals([...Deno.readDirSync(folder)].some(({ name }) => name === "node_modules"), false);
  await Deno.remove(folder, { recursive: true });
  await Deno.remove(cache, { recursive: true });
});

Deno.test("healthOf() knows whole files from those that are cut off, and old leftovers from work at hand", async () => {
  const folder = await Deno.makeTempDir(), golden = join(ROOT, "fixtures/golden");
  const weights = await Deno.readFile(join(golden, "networks_detector.safetensors"));
  await Deno.writeFile(join(folder, "whole.safetensors"), weights);
  await Deno.writeTextFile(join(folder, "whole.json"), "{}");
  assertEquals(await healthOf(folder), { files: 2, bytes: weights.length + 2, damaged: [], left: [] });
  await Deno.writeFile(join(folder, "cut.safetensors"), weights.subarray(0, -100));
  await Deno.writeFile(join(folder, "headless.safetensors"), weights.subarray(0, 100));
  await Deno.writeTextFile(join(folder, "cut.json"), `{"a":`);
  await Deno.symlink(join(folder, "nowhere"), join(folder, "link"));
  const temporary = join(folder, "a.json.123-0a1b2c3d");
  await Deno.writeTextFile(temporary, "");
  const { damaged, left } = await healthOf(folder);
  const names = (paths: readonly string[]) =>
    paths.map((path) => path.split(":")[0]!.split("/").at(-1)).sort();
  assertEquals(names(damaged), ["cut.json", "cut.safetensors", "headless.safetensors", "link"]);
  assertEquals(left, []);
  assertEquals((await healthOf(folder, Date.now() + 2 * 24 * 3600 * 1000)).left, [temporary]);
  await Deno.remove(folder, { recursive: true });
});
