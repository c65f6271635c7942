import { assertEquals } from "@std/assert";

/** What a program prints on stderr. */
async function said(program: string): Promise<string[]> {
  const path = new URL("./.plain_engine_program.ts", import.meta.url);
  const own = new URL(`${path.href.slice(0, -3)}_${crypto.randomUUID()}.ts`);
  await Deno.writeTextFile(
    own,
    `import { tf, useBackend } from "@gcln/kit/tensor";\nvoid useBackend;\n${program}`,
  );
  try {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", own.href],
      env: { NO_COLOR: "1" },
      stdout: "null",
    }).output();
    const lines = new TextDecoder().decode(stderr).split("\n").filter((line) => line !== "");
    assertEquals(code, 0, lines.join("\n"));
    return lines;
  } finally {
    await Deno.remove(own);
  }
}

Deno.test("whoever computes before useBackend() is told once, in one line, what to call", async () => {
  assertEquals(await said("tf.scalar(1).add(2).dataSync(); tf.scalar(1).add(2).dataSync();"), [
    "No engine was chosen, so TensorFlow.js computes in plain JavaScript, about ten times slower. " +
    "Call this first: await useBackend()",
  ]);
});

Deno.test("after useBackend() nothing is said, on WebAssembly neither", async () => {
  assertEquals(await said('await useBackend("wasm"); tf.scalar(1).add(2).dataSync();'), []);
});

Deno.test("an import alone says nothing", async () => {
  assertEquals(await said("tf.version_core;"), []);
});
