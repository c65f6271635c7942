import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { type BackendName, backendName, backendNames, tf, useBackend } from "@gcln/kit/tensor";
import { fileURLToPath } from "node:url";
import { isSoftware } from "../../lib/engines/webgpu.ts";
import { present } from "./_backends.ts";

/** What `code` prints in a process of its own, whose environment is what is given. */
async function printed(
  code: string,
  env: Record<string, string>,
  cwd?: string,
): Promise<{ out: string; err: string }> {
  const kit = new URL("../../lib/tensor/mod.ts", import.meta.url).href;
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--config", config, `import { tf, useBackend } from "${kit}"; ${code}`],
    env: { NO_COLOR: "1", GCLN_BACKEND: "", ...env },
    ...(cwd ? { cwd } : {}),
  }).output();
  const text = new TextDecoder();
  return { out: text.decode(stdout).trim(), err: text.decode(stderr).trim() };
}

const two = await present("tensorflow", "wasm");

Deno.test("useBackend() refuses an unknown name and says which was meant", async () => {
  await assertRejects(
    () => useBackend("webgl" as BackendName),
    RangeError,
    'The backend is "webgl", did you mean "webgpu"? Known are tensorflow, webgpu, wasm',
  );
});

Deno.test("useBackend() switches between the native backend and wasm, and tensors go along", async () => {
  const x = tf.tensor2d([[1, 2], [3, 4]]);
  for (const name of [...two, ...two]) {
    assertEquals((await useBackend(name)).name, name);
    assertEquals(backendName(), name);
    assertEquals([...await x.matMul(x).data()], [7, 10, 15, 22]);
  }
});

Deno.test("useBackend() without a name keeps what runs", async () => {
  for (const name of two) {
    await useBackend(name);
    assertEquals((await useBackend()).name, name);
  }
});

Deno.test("useBackend() called several times at once settles in order", async () => {
  const all = await Promise.all(
    ["wasm", undefined, ...two, undefined].map((name) => useBackend(name as BackendName)),
  );
  assertEquals(all.map(({ name }) => name), ["wasm", "wasm", ...two, two.at(-1)!]);
  assertEquals(backendName(), two.at(-1));
});

Deno.test("useBackend() that fails leaves the running backend in use", async () => {
  await useBackend("wasm");
  await assertRejects(() => useBackend("cuda" as BackendName), RangeError);
  assertEquals([(await useBackend()).name, backendName()], ["wasm", "wasm"]);
  assertEquals([...await tf.tensor1d([1, 2]).add(1).data()], [2, 3]);
});

Deno.test("useBackend() takes the backend that GCLN_BACKEND names, from any folder, without a banner", async () => {
  const folder = await Deno.makeTempDir();
  const code = `const { name, description } = await useBackend();
    console.log(name, description, (await tf.scalar(2).mul(3).data())[0]);`;
  const { out, err } = await printed(code, { GCLN_BACKEND: "wasm", GCLN_THREADS: "1" }, folder);
  await Deno.remove(folder);
  assertEquals([out, err], ["wasm wasm (1 thread) 6", ""]);
});

Deno.test("useBackend() gives wasm the threads that GCLN_THREADS names", async () => {
  const code = "console.log((await useBackend('wasm')).description)";
  assertEquals((await printed(code, { GCLN_THREADS: "3" })).out, "wasm (3 threads)");
  const { err } = await printed(code, { GCLN_THREADS: "many" });
  assertStringIncludes(err, "GCLN_THREADS is many; wanted is 1 or more");
});

Deno.test("useBackend() refuses a GCLN_BACKEND it does not know", async () => {
  const { err } = await printed("await useBackend()", { GCLN_BACKEND: "wsm" });
  assertStringIncludes(err, 'GCLN_BACKEND is "wsm", did you mean "wasm"?');
});

Deno.test("useBackend() takes WebGPU on a hardware adapter only, and says in one line what there is", async () => {
  const code =
    `try { console.log((await useBackend("webgpu")).description) } catch (error) { console.log(error.message) }`;
  const { out } = await printed(code, { GCLN_WEBGPU_SOFTWARE: "" });
  assertMatch(out, /^(webgpu \(.+\)|WebGPU finds no (adapter|hardware GPU) here.*)$/);
  assertEquals(
    isSoftware({ description: out, isFallbackAdapter: false }) && out.startsWith("webgpu ("),
    false,
  );
});

Deno.test("isSoftware() knows the software adapters and leaves GPUs alone", () => {
  for (
    const description of [
      "llvmpipe (LLVM 15.0.6, 256 bits)",
      "SwiftShader Device (Subzero)",
      "Microsoft Basic Render Driver",
    ]
  ) {
    assert(isSoftware({ description, isFallbackAdapter: false }), description);
  }
  for (
    const description of ["NVIDIA H200", "Apple M3", "AMD Radeon RX 7900 XT", "Intel(R) Iris(R) Xe Graphics"]
  ) {
    assert(!isSoftware({ description, isFallbackAdapter: false }), description);
  }
  assert(isSoftware({ description: "Some CPU", isFallbackAdapter: true }));
});

Deno.test("useBackend() lists what it knows in the order of preference", () => {
  assertEquals(backendNames, ["tensorflow", "webgpu", "wasm"]);
});

Deno.test("useBackend() goes back to its engine where TensorFlow.js was sent to another one past it", async () => {
  const { name } = await useBackend();
  await tf.setBackend("cpu");
  assertEquals([await useBackend(name), tf.getBackend()], [await useBackend(), name]);
});
