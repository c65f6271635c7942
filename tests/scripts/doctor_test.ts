import { assertEquals, assertMatch } from "@std/assert";
import { basename, join } from "node:path";
import { namedDigest, seal, sealedJson, sha256, unsealed } from "@gcln/kit/files";
import { healthOf } from "../../scripts/doctor/cache_health.ts";
import { shippedHealth } from "../../scripts/doctor/shipped_health.ts";
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
  assertMatch(out, /^✓ networks +\d+ come with the kit, each as it was shipped$/m);
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
  assertMatch(out, /^✗ cache +.*a\.safetensors: empty\n +→ rm '.*a\.safetensors' \(it is made anew\)$/m);
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
  assertEquals(await healthOf(folder), {
    files: 2,
    bytes: weights.length + 2,
    damaged: [],
    unread: 0,
    left: [],
  });
  await Deno.writeFile(join(folder, "cut.safetensors"), weights.subarray(0, -100));
  await Deno.writeFile(join(folder, "headless.safetensors"), weights.subarray(0, 100));
  await Deno.writeTextFile(join(folder, "cut.json"), `{"a":`);
  await Deno.symlink(join(folder, "nowhere"), join(folder, "link"));
  const temporary = join(folder, "a.json.123-0a1b2c3d");
  await Deno.writeTextFile(temporary, "");
  const { damaged, left } = await healthOf(folder);
  assertEquals(damaged.map(({ path }) => basename(path)).sort(), [
    "cut.json",
    "cut.safetensors",
    "headless.safetensors",
    "link",
  ]);
  assertEquals(left, []);
  assertEquals((await healthOf(folder, { now: Date.now() + 2 * 24 * 3600 * 1000 })).left, [temporary]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("healthOf() finds a single changed bit in weights, checkpoints, records and pools", async () => {
  const folder = await Deno.makeTempDir(), encoder = new TextEncoder();
  const header = JSON.stringify({
    __metadata__: { sha256: unsealed },
    w: { dtype: "U8", shape: [4], data_offsets: [0, 4] },
  });
  const weights = new Uint8Array(8 + header.length + 4);
  new DataView(weights.buffer).setBigUint64(0, BigInt(header.length), true);
  weights.set(encoder.encode(header), 8);
  await seal(weights);
  const pixels = new Uint8Array(100).fill(7);
  const files: Record<string, Uint8Array> = {
    "a.safetensors": weights,
    "b.checkpoint": weights,
    "c.json": await sealedJson({ accuracy: 0.5 }),
    "pool-d.bin": new Uint8Array([...pixels, ...encoder.encode(await namedDigest("pool-d.bin", pixels))]),
  };
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(join(folder, name), bytes);
  assertEquals((await healthOf(folder)).damaged, []);
  for (const [name, bytes] of Object.entries(files)) {
    const flipped = bytes.slice(),
      at = name.endsWith(".json") ? bytes.indexOf(53) : name.endsWith("bin") ? 50 : bytes.length - 1;
    flipped[at]! ^= 1; // of the record: 0.5 becomes 0.4
    await Deno.writeFile(join(folder, name), flipped);
  }
  const { damaged } = await healthOf(folder);
  assertEquals(damaged.map(({ path }) => basename(path)).sort(), Object.keys(files));
  for (const { what } of damaged) assertMatch(what, /SHA-256 differs/);
  const { damaged: seen, unread } = await healthOf(folder, { mostBytes: 0 });
  assertEquals([seen.length, unread], [0, 4]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("shippedHealth() names networks that are damaged, missing or unknown", async () => {
  const root = await Deno.makeTempDir(), folder = join(root, "fixtures/trained");
  const list = (digests: object) =>
    Deno.writeTextFile(join(root, "fixtures/trained_sha256.json"), JSON.stringify(digests));
  await Deno.mkdir(folder, { recursive: true });
  for (const name of ["whole", "flipped", "unknown"]) await Deno.writeTextFile(join(folder, name), "weights");
  assertMatch((await shippedHealth(root)).damaged[0]!.what, /^it is not there, or no JSON/);
  const digest = await sha256(new TextEncoder().encode("weights"));
  await list({ whole: digest, flipped: digest, missing: digest });
  await Deno.writeTextFile(join(folder, "flipped"), "weightt");
  const { whole, damaged } = await shippedHealth(root);
  assertEquals(whole, 1);
  assertEquals(damaged.map(({ path }) => basename(path)), ["flipped", "missing", "unknown"]);
  await Deno.remove(root, { recursive: true });
});
