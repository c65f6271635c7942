import { assertAlmostEquals, assertThrows } from "@std/assert";
import { tf, uniform, useBackend } from "@gcln/kit/tensor";
import { fromYcbcr, toYcbcr } from "@gcln/kit/transform";

await useBackend();

Deno.test("fromYcbcr() undoes toYcbcr()", async () => {
  const images = uniform<tf.Rank.R4>([2, 8, 8, 3], 0, 1, 1);
  const [error] = await fromYcbcr(toYcbcr(images)).sub(images).abs().max().data();
  assertAlmostEquals(error!, 0, 1e-6);
});

Deno.test("toYcbcr() gives grey no colour, and pure blue half a unit of Cb", async () => {
  const [y, cb, cr, , blue] = await toYcbcr(tf.tensor4d([0.7, 0.7, 0.7, 0, 0, 1], [1, 1, 2, 3])).data();
  assertAlmostEquals(y!, 0.7, 1e-6);
  assertAlmostEquals(cb!, 0, 1e-6);
  assertAlmostEquals(cr!, 0, 1e-6);
  assertAlmostEquals(blue!, 0.5, 1e-6);
});

Deno.test("toYcbcr() wants three channels", () => {
  assertThrows(() => toYcbcr(tf.zeros([1, 8, 8, 1])), RangeError, "YCbCr needs images of 3 channels: got 1");
});
