import { assertEquals } from "@std/assert";
import { defend } from "@gcln/kit/defenses";
import { type Images, type Logits, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

Deno.test("defend() shows the classifier cleaned images only, and changes neither of the two", async () => {
  const seen: Images[] = [];
  const classifier = (images: Images) => (seen.push(images), images.reshape([-1, 2]) as Logits);
  const cleaner = (images: Images) => images.mul(0.5) as Images;
  const images = tf.tensor4d([0.2, 0.8], [1, 1, 1, 2]);
  assertEquals([...await defend(classifier, cleaner)(images).data()], [...Float32Array.of(0.1, 0.4)]);
  assertEquals(seen.length, 1);
  assertEquals([...await images.data()], [...Float32Array.of(0.2, 0.8)]);
});
