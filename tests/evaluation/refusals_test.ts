import { assertEquals } from "@std/assert";
import { linf, selective } from "@gcln/kit/attacks";
import { dataset } from "@gcln/kit/data";
import { standDetecting } from "@gcln/kit/defenses";
import { measure, robustness } from "@gcln/kit/evaluation";
import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** Class 1 where the left pixel is brighter than 0.5; refused where the right one is above 0.7. */
const { victim } = standDetecting(
  (images: Images) => {
    const left = images.reshape([-1, 2]).slice([0, 0], [-1, 1]);
    return tf.concat([tf.zerosLike(left), left.sub(0.5)], 1).mul(10) as Logits;
  },
  (images: Images) =>
    images.reshape([-1, 2]).slice([0, 1], [-1, 1]).sub(0.7).mul(10).reshape([-1]) as tf.Tensor1D,
);

// Right and let through; right and refused; right, and refused by a little; wrong and let through.
const pixels = Uint8Array.of(115, 51, 51, 230, 115, 185, 153, 51);
const data = dataset({
  name: "pairs",
  split: "test",
  classes: ["dark", "bright"],
  shape: [1, 2, 1],
  pixels,
  labels: new Uint8Array(4),
});
const pgd = { attack: "pgd", ball: linf(0.1), stepSize: 0.02, steps: 10, start: "original" } as const;

Deno.test("measure() tells which images a detector refuses, clean and attacked, and none of other victims", async () => {
  const clean = await measure(victim, data, { seed: 1 });
  assertEquals(clean.refused, [false, true, true, false]);
  assertEquals(clean.correct, [true, false, false, false]);
  const attacked = await measure(victim, data, { attack: pgd, seed: 1, surrogate: selective(victim) });
  assertEquals(attacked.refused, [false, true, false, false]);
  assertEquals(attacked.correct, [false, false, false, false]); // an error before the attack does not come to stand
  const plain = (images: Images) => victim(images);
  assertEquals((await measure(plain, data, { seed: 1 })).refused, undefined);
});

Deno.test("robustness() has the false positives of a detector beside its accuracy", async () => {
  const { clean, refused, robust } = await robustness(victim, data, { PGD: pgd });
  assertEquals([clean.accuracy, refused!.accuracy, robust.accuracy], [0.25, 0.5, 0]);
  const plain = (images: Images) => victim(images);
  assertEquals((await robustness(plain, data, { PGD: pgd })).refused, undefined);
});
