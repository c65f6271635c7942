import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { type BackendName, backendName, fastestPrecision, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

Deno.test("fastestPrecision() measures once and leaves no tensor behind", async () => {
  const before = tf.memory().numTensors, first = fastestPrecision(), second = fastestPrecision();
  if (backendName() === "tensorflow") assertStrictEquals(first, second);
  assert(["float32", "bfloat16"].includes(await first));
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("fastestPrecision() is float32 where there is nothing else", async () => {
  const own = backendName() as BackendName;
  await useBackend("wasm");
  try {
    assertEquals(await fastestPrecision(), "float32");
  } finally {
    await useBackend(own);
  }
});
