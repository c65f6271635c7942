import { assertEquals, assertThrows } from "@std/assert";
import { type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { type Basis, blockTransform, dctBasis, inverseBlockTransform } from "@gcln/kit/transform";

await useBackend();

Deno.test("blockTransform() wants a square of numbers as its basis", () => {
  const images = tf.zeros<tf.Rank.R4>([1, 8, 8, 1]);
  for (const basis of [[], [[1, 0]], [[1, 0], [0, NaN]], [[1, 0], [0]], "dct", undefined]) {
    assertThrows(
      () => blockTransform(images, basis as unknown as Basis),
      TypeError,
      "M rows of M numbers are wanted",
    );
  }
});

Deno.test("blockTransform() and its inverse want a batch of float32 images", () => {
  for (const images of [tf.zeros([8, 8, 1]), tf.zeros([1, 8, 8, 1], "int32"), [[0]], undefined]) {
    for (const transform of [blockTransform, inverseBlockTransform]) {
      assertThrows(
        () => transform(images as unknown as Images, dctBasis(8)),
        TypeError,
        "in float32, from 0 to 1, are wanted",
      );
    }
  }
});

Deno.test("inverseBlockTransform() of the identity's basis is the identity", async () => {
  const images = uniform<tf.Rank.R4>([1, 4, 6, 2], 0, 1, 1);
  const same = inverseBlockTransform(blockTransform(images, [[1, 0], [0, 1]]), [[1, 0], [0, 1]]);
  assertEquals(await same.data(), await images.data());
});
