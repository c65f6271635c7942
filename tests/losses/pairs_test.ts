/** Losses of two answers to the same image: TRADES' divergence, and logit pairing. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { divergence, logitDistance } from "@gcln/kit/losses";
import { gradientAt, type Logits, normal, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();
const clean: Logits = tf.tensor2d([[1, 0.5, -2], [3, 0, 0.25]]);
const attacked: Logits = tf.tensor2d([[0.5, 1.5, -1], [2, 0, 0.75]]);

Deno.test("logitDistance() is the mean squared difference over images and classes, computed by hand", async () => {
  // (0.25 + 1 + 1 + 1 + 0 + 0.25) / 6
  assertAlmostEquals((await logitDistance(clean, attacked).data())[0]!, 3.5 / 6, 1e-6);
});

Deno.test("ALP's loss of two images is what it is by hand: the mean cross-entropy of both forms, and half the pairing", async () => {
  const softmax = (z: number[]) => z.map((x) => Math.exp(x) / z.reduce((sum, y) => sum + Math.exp(y), 0));
  const rows = [[1, 0.5, -2], [3, 0, 0.25], [0.5, 1.5, -1], [2, 0, 0.75]], labels = [0, 2, 0, 2];
  const entropies = rows.map((z, i) => -Math.log(softmax(z)[labels[i]!]!));
  const byHand = entropies.reduce((sum, x) => sum + x) / 4 + 0.5 * 3.5 / 6;
  const { lossOf, labelLoss } = await import("../../lib/training/_objective.ts");
  const given = tf.tensor1d([0, 2], "int32");
  const seen = { accuracy: { logits: clean, labels: given }, robust: { logits: attacked, labels: given } };
  const weights = { accuracy: 0.5, robust: 0.5 };
  const loss = lossOf({ weights, mixing: "together", pairing: { weight: 0.5 } }, seen, labelLoss(0));
  assertAlmostEquals((await loss.data())[0]!, byHand, 1e-6);
});

Deno.test("logitDistance() pulls both logits, or the attacked ones alone", async () => {
  const slopes = async (moves: "both" | "attacked") => [
    [...await gradientAt((z: Logits) => logitDistance(z, attacked, moves), clean).data()],
    [...await gradientAt((z: Logits) => logitDistance(clean, z, moves), attacked).data()],
  ];
  const difference = [0.5, -1, -1, 1, 0, -0.5].map((x) => 2 * x / 6);
  const [byClean, byAttacked] = await slopes("both");
  difference.forEach((x, i) => {
    assertAlmostEquals(byClean![i]!, x, 1e-6);
    assertAlmostEquals(byAttacked![i]!, -x, 1e-6);
  });
  const pivot = await slopes("attacked");
  assertEquals(pivot[0], [0, 0, 0, 0, 0, 0]);
  assertEquals(pivot[1], byAttacked);
});

Deno.test("divergence() is Σ p log(p / q), by hand, and 0 for equal answers", async () => {
  const p = [1, 2, 5].map((x) => x / 8), q = [3, 3, 2].map((x) => x / 8);
  const [kl] = await divergence(tf.tensor2d([p]).log(), tf.tensor2d([q]).log().add(7)).data();
  assertAlmostEquals(kl!, p.reduce((sum, x, i) => sum + x * Math.log(x / q[i]!), 0), 1e-6);
  for (const value of await divergence(clean, clean).data()) assertAlmostEquals(value, 0, 1e-7);
});

Deno.test("divergence() has the gradients that finite differences have, by both answers", async () => {
  const a: Logits = normal<tf.Rank.R2>([2, 4], 0, 1, 1), b: Logits = normal<tf.Rank.R2>([2, 4], 0, 1, 2);
  const shares = (z: readonly number[]) => {
    const sum = z.reduce((sum, x) => sum + Math.exp(x), 0);
    return z.map((x) => Math.exp(x) / sum);
  };
  const plain = (a: readonly number[], b: readonly number[]) =>
    [0, 4].reduce((sum, row) => {
      const [p, q] = [shares(a.slice(row, row + 4)), shares(b.slice(row, row + 4))];
      return sum + p.reduce((sum, x, k) => sum + x * Math.log(x / q[k]!), 0);
    }, 0);
  const [as, bs] = [[...await a.data()], [...await b.data()]], h = 1e-5;
  const byA = await gradientAt((z: Logits) => divergence(z, b).sum<tf.Scalar>(), a).data();
  const byB = await gradientAt((z: Logits) => divergence(a, z).sum<tf.Scalar>(), b).data();
  const moved = (z: readonly number[], i: number, by: number) => z.map((x, j) => i === j ? x + by : x);
  as.forEach((_, i) => {
    assertAlmostEquals(byA[i]!, (plain(moved(as, i, h), bs) - plain(moved(as, i, -h), bs)) / (2 * h), 1e-4);
    assertAlmostEquals(byB[i]!, (plain(as, moved(bs, i, h)) - plain(as, moved(bs, i, -h))) / (2 * h), 1e-4);
  });
});
