import { bpda } from "@gcln/kit/attacks";
import { defend } from "@gcln/kit/defenses";
import { type Classifier, type Cleaner, straightThrough, tf, useBackend } from "@gcln/kit/tensor";
import { assertHint, assertRight, assertWaits } from "./_marked.ts";

await useBackend();

Deno.test("exercise 6.1 takes every step from which the staircase looks like y = x", async () => {
  for (const h of [0.5, 1, 2.5]) await assertRight("6.1", h);
  await assertHint("6.1", 0.01, "same step of the staircase");
  await assertHint("6.1", 0.25, "slope is 2.000");
  await assertHint("6.1", -0.5, "positive");
});

Deno.test("exercise 6.2 takes a rounding whose gradient is 1, wherever the straight-through part begins", async () => {
  const whole = (x: tf.Tensor, q: number) => straightThrough((x: tf.Tensor) => x.div(q).round().mul(q))(x);
  const inner = (x: tf.Tensor, q: number) => straightThrough((x: tf.Tensor) => x.round())(x.div(q)).mul(q);
  await assertRight("6.2", whole);
  await assertRight("6.2", inner);
  await assertRight("6.2", (x: tf.Tensor, q: number) => x.add(whole(x, q).sub(x)));
});

Deno.test("exercise 6.2 knows what goes wrong on the way there, and on the way back", async () => {
  await assertWaits("6.2");
  await assertHint("6.2", (x: tf.Tensor) => x.clone(), "not rounded");
  await assertHint("6.2", (x: tf.Tensor) => x.round(), "Where does q come in");
  await assertHint("6.2", (x: tf.Tensor, q: number) => x.div(q).round(), "multiplies with q again");
  await assertHint("6.2", (x: tf.Tensor, q: number) => x.div(q).ceil().mul(q), "should become 0.25");
  await assertHint("6.2", (x: tf.Tensor, q: number) => x.div(q).round().mul(q), "still 0");
  const early = (x: tf.Tensor, q: number) => straightThrough((x: tf.Tensor) => x.div(q).round())(x).mul(q);
  await assertHint("6.2", early, "the gradient is q");
  const late = (x: tf.Tensor, q: number) => straightThrough((x: tf.Tensor) => x.round().mul(q))(x.div(q));
  await assertHint("6.2", late, "1/q");
  await assertHint("6.2", () => 3, "a tensor of the same shape");
});

Deno.test("exercise 6.3 takes BPDA with the identity, and tells it from the victim and from weaker attackers", async () => {
  type Attacker = (quantizer: Cleaner, classifier: Classifier) => unknown;
  const hint = (attacker: Attacker, says: string) => assertHint("6.3", attacker, says);
  await assertWaits("6.3");
  await assertRight("6.3", ((q, c) => defend(c, bpda(q, { backward: "identity" }))) satisfies Attacker);
  await assertRight(
    "6.3",
    ((q, c) => (images: tf.Tensor4D) => c(straightThrough(q)(images))) satisfies Attacker,
  );
  await hint((q, c) => defend(c, q), "the gradient is 0");
  await hint((_, c) => c, "never quantizes");
  await hint((q, c) => bpda((images: tf.Tensor4D) => c(q(images)), { backward: c }), "at the original image");
  await hint((q, c) => (images: tf.Tensor4D) => c(q(images)).mul(2), "have to be those of the victim");
  await hint((q, c) => c(q(tf.zeros([1, 2, 2, 3]))), "has to return a classifier");
});
