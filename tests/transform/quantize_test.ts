import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { gradientAt, tf, useBackend } from "@gcln/kit/tensor";
import { type Backward, quantize } from "@gcln/kit/transform";
import fc from "fast-check";

await useBackend();

const numbers = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 20 });
const step = fc.float({ min: Math.fround(0.01), max: 40, noNaN: true });

Deno.test("quantize() moves nothing by more than q / 2, onto multiples of q", async () => {
  await fc.assert(
    fc.asyncProperty(numbers, step, async (values, q) => {
      const rounded = await quantize(tf.tensor1d(values), q).data();
      values.forEach((value, i) => {
        assert(Math.abs(rounded[i]! - value) <= q / 2 + 1e-4);
        assert(Math.abs(rounded[i]! / q - Math.round(rounded[i]! / q)) < 1e-3);
      });
    }),
    { seed: 1, numRuns: 50 },
  );
});

Deno.test("quantize() changes nothing the second time", async () => {
  await fc.assert(
    fc.asyncProperty(numbers, step, async (values, q) => {
      const once = quantize(tf.tensor1d(values), q);
      assertEquals(await quantize(once, q).data(), await once.data());
    }),
    { seed: 2, numRuns: 50 },
  );
});

Deno.test("quantize() sends halves to the even multiple", async () => {
  const halves = tf.tensor1d([-2.5, -1.5, 0.5, 1.5, 2.5, 3.5]);
  assertEquals([...await quantize(halves, 1).data()], [-2, -2, 0, 2, 2, 4]);
});

Deno.test("quantize() takes whole numbers for numbers", async () => {
  assertEquals([...await quantize(tf.tensor1d([4, 7], "int32"), 5).data()], [5, 5]);
});

Deno.test("quantize() has a gradient of zero when exact, and of one when straight-through", async () => {
  const x = tf.tensor1d([0.3, 0.5, 17.2]);
  const slope = (backward: "exact" | "straight-through") =>
    gradientAt((x: tf.Tensor1D) => quantize(x, 0.5, backward).mul([1, 2, 3]).sum(), x).data();
  assertEquals([...await slope("exact")], [0, 0, 0]);
  assertEquals([...await slope("straight-through")], [1, 2, 3]);
});

Deno.test("quantize() has a gradient for a step that is learned: round(x / q) − x / q where it is straight-through", async () => {
  const x = tf.tensor1d([0.3, 0.8, -1.7]), q = tf.scalar(0.5);
  const slope = (backward: "exact" | "straight-through", each: number[]) =>
    gradientAt((q: tf.Scalar) => quantize(x, q, backward).mul(each).sum(), q).data();
  assertEquals([...await quantize(x, q).data()], [0.5, 1, -1.5]);
  // x / q is 0.6, 1.6, −3.4: rounded to 1, 2, −3.
  const wanted = [0.4, 0.4, 0.4], units = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  for (const [i, unit] of units.entries()) {
    assertAlmostEquals((await slope("straight-through", unit))[0]!, wanted[i]!, 1e-5);
    assertAlmostEquals((await slope("exact", unit))[0]!, [1, 2, -3][i]!, 1e-6); // the step's, where rounding has none
  }
  assertThrows(
    () => quantize(x, tf.tensor1d([1, 2]) as unknown as tf.Scalar),
    RangeError,
    "Cannot use q a tensor",
  );
});

Deno.test("quantize() wants a finite step above zero and a backward that it knows", () => {
  for (const q of [0, -1, NaN, Infinity, "10", undefined]) {
    assertThrows(
      () => quantize(tf.zeros([1]), q as number),
      RangeError,
      `Cannot use q ${
        JSON.stringify(q) === "null" ? q : JSON.stringify(q)
      }: a finite number above 0 is wanted`,
    );
  }
  assertThrows(
    () => quantize(tf.zeros([1]), 1, "straight" as Backward),
    RangeError,
    'Cannot use backward "straight": "exact" or "straight-through" is wanted, did you mean "straight-through"?',
  );
});
