import { assertEquals } from "@std/assert";
import { gradientAt, tf, useBackend } from "@gcln/kit/tensor";
import { present } from "../tensor/_backends.ts";

for (const backend of await present("tensorflow", "wasm")) {
  Deno.test(`relu on ${backend} passes the gradient where its input is positive`, async () => {
    await useBackend(backend);
    const x = tf.tensor1d([-2, -0, 0, 1e-20, 3]), weights = tf.tensor1d([1, 2, 3, 4, 5]);
    const slope = gradientAt((x: tf.Tensor1D) => tf.relu(x).mul(weights).sum(), x);
    assertEquals([...await slope.data()], [0, 0, 0, 4, 5]);
  });

  Deno.test(`relu on ${backend} has the right second use of its gradient, through a sum of branches`, async () => {
    await useBackend(backend);
    const x = tf.tensor1d([-1, 2]);
    const slope = gradientAt((x: tf.Tensor1D) => tf.relu(x).add(tf.relu(x.neg())).mul(x).sum(), x); // x |x|
    assertEquals([...await slope.data()], [2, 4]);
  });
}
