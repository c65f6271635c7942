import { assertEquals } from "@std/assert";
import { gradientAt, type Labels, type Logits, normal, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { crossEntropy, dlr, margin } from "@gcln/kit/losses";

await useBackend();

const labelled = (...labels: number[]): Labels => tf.tensor1d(labels, "int32");

Deno.test("margin() is the best other logit less the label's", async () => {
  const logits = tf.tensor2d([[5, 1, 2], [5, 1, 2], [-3, -1, -2], [-1000, 1000, 999]]);
  assertEquals([...await margin(logits, labelled(0, 1, 1, 1)).data()], [-3, 4, -1, -1]);
});

Deno.test("margin() and dlr() are > 0 exactly where the classifier is wrong", async () => {
  const logits = normal<tf.Rank.R2>([50, 4], 0, 2, 1),
    labels = uniform<tf.Rank.R1>([50], 0, 4, 2).floor().toInt();
  const wrong = [...await logits.argMax(1).notEqual(labels).data()].map(Boolean);
  for (const loss of [margin, dlr]) {
    assertEquals([...await loss(logits, labels as Labels).data()].map((value) => value > 0), wrong);
  }
});

Deno.test("margin() pulls the label down and one other up, even where two are level", async () => {
  const total = (z: Logits) => margin(z, labelled(0, 2)).sum<tf.Scalar>();
  const logits = tf.tensor2d([[5, 1, 1], [5, 1, 2]]);
  assertEquals([...await gradientAt(total, logits).toInt().data()], [-1, 1, 0, 1, 0, -1]);
});

for (const [name, loss] of Object.entries({ crossEntropy, margin, dlr })) {
  Deno.test(`a step up ${name}() fools a classifier`, async () => {
    const labels = labelled(0, 1, 2);
    const logits = tf.tensor2d([[1, 0.5, 0.2, 0], [0, 1, 0.4, 0.6], [0.3, 0.8, 0.9, 0.1]]);
    const step = gradientAt((z: Logits) => loss(z, labels).sum<tf.Scalar>(), logits).sign();
    const right = logits.add(step).argMax(1).equal(labels).sum();
    assertEquals((await right.data())[0], 0);
  });
}
