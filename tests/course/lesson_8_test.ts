import { type tf, useBackend } from "@gcln/kit/tensor";
import { assertHint, assertRight, assertWaits } from "./_marked.ts";

await useBackend();

Deno.test("exercise 8.1 counts image by image what the attack has made wrong", async () => {
  const count = (list: boolean[]) => list.filter(Boolean).length;
  const lost = (before: boolean[], after: boolean[]) => before.filter((was, i) => was && !after[i]).length;
  await assertRight("8.1", (before: boolean[], after: boolean[]) => lost(before, after) / count(before));
  await assertWaits("8.1");
  await assertHint(
    "8.1",
    (before: boolean[], after: boolean[]) => 1 - lost(before, after) / count(before),
    "left right",
  );
  await assertHint(
    "8.1",
    (before: boolean[], after: boolean[]) => lost(before, after) / before.length,
    "divide by all images",
  );
  await assertHint(
    "8.1",
    (_: boolean[], after: boolean[]) => 1 - count(after) / after.length,
    "wrong before it",
  );
  await assertHint(
    "8.1",
    (before: boolean[], after: boolean[]) => 1 - count(after) / count(before),
    "by chance",
  );
  await assertHint("8.1", () => 2, "3/4");
});

Deno.test("exercise 8.2 counts each image once", async () => {
  await assertRight("8.2", 150 * 2 ** 6);
  await assertHint("8.2", 150 * (2 ** 7 - 1), "remembers");
  await assertHint("8.2", 150 * 2 ** 6 - 150, "first images");
  await assertHint("8.2", 150 * 2 ** 5, "one doubling too few");
  await assertHint("8.2", 150 * 7, "known by then");
  await assertHint("8.2", 42, "after 0, 1, 2");
});

Deno.test("exercise 8.3 takes the momentum of Dong et al., by the mean or by the sum", async () => {
  type Tensor = tf.Tensor4D;
  const each = [1, 2, 3];
  await assertRight(
    "8.3",
    (g: Tensor, d: Tensor, mu: number) => g.mul(mu).add(d.div(d.abs().mean(each, true))),
  );
  await assertRight(
    "8.3",
    (g: Tensor, d: Tensor, mu: number) => d.div(d.abs().sum(each, true)).add(g.mul(mu)),
  );
  await assertWaits("8.3");
  await assertHint("8.3", (g: Tensor, d: Tensor, mu: number) => g.mul(mu).add(d), "not normalised");
  await assertHint(
    "8.3",
    (g: Tensor, d: Tensor, mu: number) => g.mul(mu).add(d.div(d.abs().mean())),
    "whole batch",
  );
  await assertHint("8.3", (g: Tensor, d: Tensor, mu: number) => g.mul(mu).add(d.sign()), "sign comes later");
  await assertHint(
    "8.3",
    (g: Tensor, d: Tensor, mu: number) => g.mul(mu).add(d.div(d.square().sum(each, true).sqrt())),
    "l2 norm",
  );
  await assertHint("8.3", (_: Tensor, d: Tensor) => d.div(d.abs().mean(each, true)), "direction so far");
  await assertHint("8.3", (g: Tensor) => g.clone(), "image by image");
});
