import { assertEquals, assertThrows } from "@std/assert";
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

Deno.test("defend() says what a cleaner returns that is no images", () => {
  const images: Images = tf.zeros([2, 4, 4, 1]), classifier = (x: Images) => x.mean([1, 2]) as Logits;
  for (const returned of [undefined, Promise.resolve(images), tf.zeros([2, 16]), tf.zeros([1, 4, 4, 1])]) {
    const defended = defend(classifier, () => returned as Images);
    assertThrows(() => defended(images), TypeError, "images [2, h, w, c] are wanted");
  }
});
