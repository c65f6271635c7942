import { adversarial } from "@gcln/kit/losses";
import { type tf, useBackend } from "@gcln/kit/tensor";
import { assertHint, assertRight, assertWaits } from "./_marked.ts";

await useBackend();

Deno.test("exercise 7.1 takes Eq. (5), as a tensor or as a number", async () => {
  const column = (logits: tf.Tensor2D, label: number) => logits.logSoftmax().slice([0, label], [-1, 1]);
  await assertRight("7.1", adversarial);
  await assertRight("7.1", (logits: tf.Tensor2D) => column(logits, 1).mean().neg());
  await assertRight("7.1", (logits: tf.Tensor2D) => -column(logits, 1).mean().dataSync()[0]!);
  await assertWaits("7.1");
  await assertHint("7.1", (logits: tf.Tensor2D) => column(logits, 0).mean().neg(), "attacked");
  await assertHint("7.1", (logits: tf.Tensor2D) => column(logits, 1).neg(), "mean over the images");
  await assertHint("7.1", (logits: tf.Tensor2D) => column(logits, 1).sum().neg(), "this is the sum");
  await assertHint("7.1", (logits: tf.Tensor2D) => column(logits, 1).mean(), "other sign");
  await assertHint(
    "7.1",
    (logits: tf.Tensor2D) => logits.slice([0, 1], [-1, 1]).mean().neg(),
    "logits themselves",
  );
  await assertHint("7.1", (logits: tf.Tensor2D) => logits.sum(), "softmax");
});

Deno.test("exercise 7.2 wants two logarithms of one half", async () => {
  await assertRight("7.2", -2 * Math.log(2));
  await assertRight("7.2", -1.386);
  await assertHint("7.2", 2 * Math.log(2), "another sign");
  await assertHint("7.2", Math.log(0.5), "one of the two");
  await assertHint("7.2", 0.25, "probabilities");
  await assertHint("7.2", 2 * Math.log10(0.5), "natural");
  await assertHint("7.2", -2, "natural");
  await assertHint("7.2", 7, "Put D(x) = 1/2");
});

Deno.test("exercise 7.3 puts the weights into Eq. (3)", async () => {
  await assertRight("7.3", (p: number, a: number) => a / (a + p));
  await assertRight("7.3", (p: number, a: number) => 1 / (1 + p / a));
  await assertWaits("7.3");
  await assertHint("7.3", (p: number, a: number) => p / (a + p), "larger loss the larger weight");
  await assertHint("7.3", (p: number, a: number) => a / p, "ratio");
  await assertHint("7.3", () => 0.5, "1.500 and 0.300");
});
