import { assertEquals, assertThrows } from "@std/assert";
import { iterate, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

Deno.test("iterate() applies the step as often as told and counts from 0", async () => {
  const seen: number[] = [];
  const result = iterate(tf.tensor1d([1, 2]), 4, (x, index) => {
    seen.push(index);
    return x.mul(3).sub(index);
  });
  const plain = (x: number) => [0, 1, 2, 3].reduce((value, index) => 3 * value - index, x);
  assertEquals([...await result.data()], [plain(1), plain(2)]);
  assertEquals(seen, [0, 1, 2, 3]);
});

Deno.test("iterate() frees everything but its result and leaves the start to the caller", async () => {
  const start = tf.tensor1d([1, 2]);
  const before = tf.memory().numTensors;
  const result = iterate(start, 5, (x) => x.add(tf.scalar(1)).mul(2).sub(tf.ones([2])));
  assertEquals(tf.memory().numTensors, before + 1);
  assertEquals([...await start.data()], [1, 2]);
  result.dispose();
  start.dispose();
});

Deno.test("iterate() with no steps gives a copy that can be freed on its own", async () => {
  const start = tf.tensor1d([1, 2]);
  const result = iterate(start, 0, () => {
    throw new Error("Not to be called");
  });
  start.dispose();
  assertEquals([...await result.data()], [1, 2]);
});

Deno.test("iterate() takes steps that return what they were given, or what is not theirs", async () => {
  const start = tf.tensor1d([4]), other = tf.tensor1d([5]);
  const before = tf.memory().numTensors;
  const same = iterate(start, 3, (x) => x), foreign = iterate(start, 3, () => other);
  assertEquals(tf.memory().numTensors, before + 2);
  same.add(foreign).dispose();
  for (const [tensor, value] of [[same, 4], [start, 4], [foreign, 5], [other, 5]] as const) {
    assertEquals([...await tensor.data()], [value]);
  }
});

Deno.test("iterate() lets the step's error out, and frees what it has made", () => {
  const start = tf.scalar(1), before = tf.memory().numTensors;
  assertThrows(
    () =>
      iterate(start, 3, (x, index) => {
        if (index === 2) throw new RangeError("From the step");
        return x.add(1);
      }),
    RangeError,
    "From the step",
  );
  assertEquals(tf.memory().numTensors, before);
  assertThrows(
    () =>
      iterate(tf.scalar(1), 2, () => {
        throw new RangeError("From the step");
      }),
    RangeError,
    "From the step",
  );
});
