import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { crossEntropy, dlr, margin } from "@gcln/kit/losses";
import { gradientAt, type Labels, type Logits, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

const rows = [[3, 1, 2, 0.5], [1, 3, 2, 0.5]], labels = tf.tensor1d([0, 0], "int32");
const finite = tf.tensor2d(rows), masked = tf.tensor2d(rows.map((row) => [...row, -Infinity]));
const losses: Record<string, (logits: Logits, labels: Labels) => tf.Tensor1D> = {
  crossEntropy,
  margin,
  dlr: (z, y) => dlr(z, y),
  "dlr with targets": (z, y) => dlr(z, y, tf.tensor1d([2, 2], "int32")),
};

for (const [name, loss] of Object.entries(losses)) {
  Deno.test(`A class of minus infinity changes neither the value nor the slope of ${name}`, async () => {
    const values = [await loss(masked, labels).data(), await loss(finite, labels).data()];
    values[0]!.forEach((value, i) => assertAlmostEquals(value, values[1]![i]!, 1e-6));
    const slope = (z: Logits) => gradientAt((z: Logits) => loss(z, labels).sum() as tf.Scalar, z);
    const [with_, without] = [await slope(masked).array(), await slope(finite).array()] as number[][][];
    with_!.forEach((row, i) => {
      assertEquals(row[4], 0);
      row.slice(0, 4).forEach((value, k) => assertAlmostEquals(value, without![i]![k]!, 1e-6));
    });
  });
}

Deno.test("Where the label is minus infinity the losses are infinite, and their slopes are not", async () => {
  const z = tf.tensor2d([[-Infinity, 1, 2, 0]]), y = tf.tensor1d([0], "int32");
  for (const loss of [crossEntropy, margin]) {
    assertEquals((await loss(z, y).data())[0], Infinity);
    const slope = await gradientAt((z: Logits) => loss(z, y).sum() as tf.Scalar, z).data();
    assert(slope.every(Number.isFinite) && slope[0]! < 0 && slope[2]! > 0, `${slope}`);
  }
});

Deno.test("Where every class but the label is minus infinity the losses are as low as can be", async () => {
  const z = tf.tensor2d([[1, -Infinity, -Infinity]]), y = tf.tensor1d([0], "int32");
  assertEquals([(await crossEntropy(z, y).data())[0], (await margin(z, y).data())[0]], [0, -Infinity]);
  const slope = await gradientAt((z: Logits) => crossEntropy(z, y).sum() as tf.Scalar, z).data();
  assert(slope.every(Number.isFinite), `${slope}`);
});
