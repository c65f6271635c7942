import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { contains, distance, fgs, l1, pgd } from "@gcln/kit/attacks";
import { type Classifier, type Images, normal, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

const shape: [number, number, number, number] = [4, 8, 8, 3], pixels = 8 * 8 * 3;
const slope = normal<tf.Rank.R2>([pixels, 1], 0, 1, 1);
const linear: Classifier = (x: Images) => {
  const z = x.reshape<tf.Tensor2D>([-1, pixels]).matMul(slope);
  return tf.concat([z.neg(), z], 1) as tf.Tensor2D;
};
const batch = { images: uniform<tf.Rank.R4>(shape, 0, 1, 2), labels: tf.zeros<tf.Rank.R1>([4], "int32") };

Deno.test("One step in an l1 ball uses the whole radius where there is room", async () => {
  for (const epsilon of [1, 5, 20]) {
    const ball = l1(epsilon), single = { ball, steps: 1, stepSize: epsilon, start: "original" } as const;
    for (const attacked of [fgs(linear, batch, { ball }), pgd(linear, batch, single)]) {
      const used = await distance("l1", attacked, batch.images).data();
      used.forEach((far) => assertAlmostEquals(far, epsilon, epsilon * 1e-3));
      assert((await contains(ball, batch.images, attacked)).every(Boolean));
    }
  }
});

Deno.test("One step in an l1 ball that is short of room is the best that there is on a linear model", async () => {
  const ball = l1(20), attacked = fgs(linear, batch, { ball });
  const [weights, before, after] = [await slope.data(), await batch.images.data(), await attacked.data()];
  for (let image = 0; image < 4; image++) {
    // The steepest pixels first, each as far as it can go.
    const order = Array.from(weights, (_, i) => i).sort((a, b) =>
      Math.abs(weights[b]!) - Math.abs(weights[a]!)
    );
    let left = 20, gain = 0, ours = 0;
    for (const i of order) {
      const x = before[image * pixels + i]!, move = Math.min(left, weights[i]! > 0 ? 1 - x : x);
      left -= move;
      gain += move * Math.abs(weights[i]!);
    }
    weights.forEach((weight, i) =>
      ours += weight * (after[image * pixels + i]! - before[image * pixels + i]!)
    );
    assertAlmostEquals(ours, gain, gain * 1e-3);
  }
});

Deno.test("A ball that holds every image is used as far as there is room, and no further", async () => {
  const attacked = fgs(linear, batch, { ball: l1(1000) });
  const corners = await attacked.sub(slope.greater(0).cast("float32").reshape([1, 8, 8, 3])).abs().max()
    .data();
  assertEquals([...corners], [0]);
});
