import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type DenoisingResNetSpec, network } from "@gcln/kit/networks";
import { type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { nonLocalMean } from "../../lib/networks/_denoising.ts";

await useBackend();
const sizes = { width: 4, classes: 3, channels: 1, stem: 2 } as const;
const similarities = ["gaussian", "dot product"] as const;
const images = uniform<tf.Rank.R4>([2, 16, 16, 1], 0, 1, 1) as Images;

Deno.test("a denoising ResNet begins as the plain one with the same weights", () => {
  const plain = network({ architecture: "resnet18", ...sizes });
  for (const similarity of similarities) {
    const spec: DenoisingResNetSpec = { architecture: "resnet18-denoising", similarity, ...sizes };
    const denoising = network(spec);
    tf.tidy(() => {
      const parameters = denoising.init(1), wanted = plain.apply(parameters, images).dataSync();
      denoising.apply(parameters, images).dataSync().forEach((logit, i) =>
        assertAlmostEquals(logit, wanted[i]!, 1e-6)
      );
      assertEquals(denoising.layers, plain.layers);
      // And once its batch norms scale, it does not.
      const awake = { ...parameters, "layer1.denoise.bn.weight": tf.ones([4]) };
      const apart = denoising.apply(awake, images).sub(plain.apply(parameters, images)).abs().max()
        .dataSync();
      assert(apart[0]! > 1e-4, `${apart[0]}`);
    });
  }
});

Deno.test("nonLocalMean() weighs places by the softmax of their products, or by the products", () => {
  const theta = tf.tensor3d([[[2], [0]]]),
    phi = tf.tensor3d([[[0.5], [1]]]),
    x = tf.tensor3d([[[4, 0], [0, 8]]]);
  const mean = (
    similarity: "gaussian" | "dot product",
  ) => [...nonLocalMean(theta, phi, x, similarity).dataSync()];
  const first = 1 / (1 + Math.E); // products 1 and 2; of the second place both are 0
  const wanted = {
    "gaussian": [4 * first, 8 * (1 - first), 2, 4],
    "dot product": [4 * 1 / 2, 8 * 2 / 2, 0, 0],
  };
  for (const similarity of similarities) {
    mean(similarity).forEach((value, i) =>
      assertAlmostEquals(value, wanted[similarity][i]!, 1e-5, similarity)
    );
  }
  const wide = nonLocalMean(tf.ones([1, 2, 4]), tf.tensor3d([[[0, 0, 0, 0], [1, 1, 1, 1]]]), x, "gaussian");
  assertAlmostEquals(wide.dataSync()[0]!, 4 / (1 + Math.exp(2)), 1e-5); // products 0 and 4, over √4
});

Deno.test("a denoising block's batch norm learns: the gradient of its scale is not zero at the start", () => {
  const spec: DenoisingResNetSpec = { architecture: "resnet18-denoising", similarity: "gaussian", ...sizes };
  const { init, apply, batchNorms } = network(spec);
  assertEquals(batchNorms["layer4.denoise.bn"], "layer4.denoise.conv");
  tf.tidy(() => {
    const parameters = init(1), scale = parameters["layer2.denoise.bn.weight"]!;
    assertEquals([...scale.dataSync()].every((value) => value === 0), true);
    const loss = (value: tf.Tensor) => {
      const all = { ...parameters, "layer2.denoise.bn.weight": value };
      return apply(all, images, { mode: "training" }).square().sum() as tf.Scalar;
    };
    assert(tf.grad(loss)(scale).abs().max().dataSync()[0]! > 1e-6);
  });
});
