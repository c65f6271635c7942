import { assertEquals } from "@std/assert";
import { tf, useBackend } from "@gcln/kit/tensor";

await useBackend("wasm");

Deno.test("relu6() on wasm keeps NaN, as relu() and clipByValue() do", () => {
  const x = tf.tensor1d([NaN, -Infinity, -1, -0.5, 0, 3, 6, 7, Infinity]);
  assertEquals([...tf.relu6(x).dataSync()], [NaN, 0, 0, 0, 0, 3, 6, 6, 6]);
  assertEquals([...tf.relu(x).dataSync()], [NaN, 0, 0, 0, 0, 3, 6, 7, Infinity]);
  assertEquals([...tf.clipByValue(x, 0, 6).dataSync()], [NaN, 0, 0, 0, 0, 3, 6, 6, 6]);
});

Deno.test("clipByValue() on wasm clips whole numbers", () => {
  const clipped = tf.clipByValue(tf.tensor1d([-5, -1, 0, 1, 16777217], "int32"), -1, 16777216);
  assertEquals([clipped.dtype, ...clipped.dataSync()], ["int32", -1, -1, 0, 1, 16777216]);
});

Deno.test("isNaN(), isInf() and isFinite() on wasm know that whole numbers are finite", () => {
  for (const x of [tf.tensor1d([-5, -1, 0, 2139095040], "int32"), tf.tensor1d([1, 0, 1, 1], "bool")]) {
    assertEquals([...tf.isNaN(x).dataSync()], [0, 0, 0, 0]);
    assertEquals([...tf.isInf(x).dataSync()], [0, 0, 0, 0]);
    assertEquals([...tf.isFinite(x).dataSync()], [1, 1, 1, 1]);
  }
  assertEquals([...tf.isFinite(tf.tensor1d([NaN, Infinity, 1])).dataSync()], [0, 0, 1]);
});
