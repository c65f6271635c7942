/** What the wasm engine finds out about an image is its own affair: the others in the batch play no part, to the bit. */
import { assert, assertEquals } from "@std/assert";
import { classifierOf, resnet, vgg } from "@gcln/kit/networks";
import { crossEntropy } from "@gcln/kit/losses";
import { evaluated, frozen, gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend("wasm");

const small = { classes: 10, channels: 3 } as const;
const networks = {
  "a ResNet of width 8": resnet({ architecture: "resnet18", width: 8, stem: 1, ...small }),
  "a ResNet of width 6, in halves": resnet({ architecture: "resnet18", width: 6, stem: 2, ...small }),
  "a VGG of width 4": vgg({ architecture: "vgg-small", width: 4, ...small }),
};

/** Parameters whose biases, and what batch norms have seen, are something else than 0 or 1. */
function disturbed(parameters: Readonly<Record<string, tf.Tensor>>): Record<string, tf.Tensor> {
  const entries = Object.entries(parameters).map(([name, x], seed) =>
    [name, x.rank === 1 ? x.add(uniform(x.shape as [number], 0, 0.1, seed)) : x] as const
  );
  return Object.fromEntries(entries);
}

for (const [name, network] of Object.entries(networks)) {
  Deno.test(`the logits of ${name} and their gradients on wasm are the same for an image alone and among others`, async () => {
    const classifier = classifierOf(network, disturbed(network.init(1))), compiled = frozen(classifier);
    const all = uniform<tf.Rank.R4>([33, 32, 32, 3], 0, 1, 2) as Images;
    const labels = tf.range(0, 33, 1, "int32").mod(10).cast<tf.Tensor1D>("int32");
    /** Logits and gradients. */
    const found = (images: Images, labels: tf.Tensor1D, through: typeof classifier): tf.Tensor[] =>
      evaluated(through, "test", [images, labels], (images, labels) => [
        classifier(images as Images),
        gradientAt(
          (x: Images) => crossEntropy(classifier(x), labels as tf.Tensor1D).sum() as tf.Scalar,
          images as Images,
        ),
      ]);
    const whole = found(all, labels, classifier);
    for (const tensor of whole) assert((await tensor.data()).some((value) => value !== 0));
    for (const [first, count] of [[0, 1], [32, 1], [5, 2], [30, 3], [1, 7], [9, 16], [0, 33]] as const) {
      const images = all.slice([first], [count]), its = labels.slice([first], [count]);
      for (const [way, through] of Object.entries({ plainly: classifier, compiled })) {
        const part = found(images, its, through);
        for (const [i, tensor] of part.entries()) {
          const expected = whole[i]!.slice([first], [count]);
          assertEquals(await tensor.data(), await expected.data(), `${way}, ${count} from ${first} on: ${i}`);
        }
        tf.dispose(part);
      }
    }
    compiled.dispose();
  });
}
