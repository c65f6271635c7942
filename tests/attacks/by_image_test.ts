import { assertEquals } from "@std/assert";
import { byImage } from "../../lib/attacks/steps/by_image.ts";
import { random, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

Deno.test("byImage() is where() with a mask that is spread over each image", async () => {
  const next = random(1);
  for (let trial = 0; trial < 50; trial++) {
    const rank = 1 + trial % 4;
    const shape = Array.from({ length: rank }, () => 1 + Math.floor(next() * 5));
    const [yes, no] = [2, 3].map((seed) => uniform(shape as [number], -1, 1, 10 * trial + seed));
    const mask = uniform([shape[0]!], -1, 1, 10 * trial).greater(0);
    const plain = tf.where(mask.reshape([-1, ...shape.slice(1).map(() => 1)]), yes!, no!);
    const chosen = byImage(mask, yes!, no!);
    assertEquals([chosen.shape, await chosen.data()], [shape, await plain.data()]);
  }
});
