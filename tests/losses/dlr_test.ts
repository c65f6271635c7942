import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { gradientAt, type Labels, type Logits, normal, tf, useBackend } from "@gcln/kit/tensor";
import { dlr } from "@gcln/kit/losses";

await useBackend();

const labelled = (...labels: number[]): Labels => tf.tensor1d(labels, "int32");

/** From sorted logits, in double precision, as Croce & Hein define it. */
function plain(z: readonly number[], y: number, t?: number): number {
  const sorted = z.toSorted((a, b) => b - a);
  if (t !== undefined) return -(z[y]! - z[t]!) / (sorted[0]! - (sorted[2]! + sorted[3]!) / 2);
  const other = Math.max(...z.filter((_, k) => k !== y));
  return -(z[y]! - other) / (sorted[0]! - sorted[2]!);
}

Deno.test("dlr() of solved examples", async () => {
  const logits = tf.tensor2d([[8, 6, 4, 0], [8, 6, 4, 0]]);
  assertEquals([...await dlr(logits, labelled(0, 3)).data()], [-0.5, 2]);
  assertEquals([...await dlr(logits, labelled(0, 3), labelled(2, 1)).data()], [-4 / 6, 1].map(Math.fround));
});

for (const targeted of [false, true]) {
  Deno.test(`dlr()${targeted ? " with targets" : ""} and its gradient are those of its definition`, async () => {
    const logits = normal<tf.Rank.R2>([5, 6], 0, 3, 4), labels = [0, 1, 2, 3, 4], targets = [5, 4, 3, 2, 1];
    const values = [...await logits.data()];
    const each = (z: readonly number[]) =>
      labels.map((y, i) => plain(z.slice(6 * i, 6 * i + 6), y, targeted ? targets[i] : undefined));
    const loss = (z: Logits) => dlr(z, labelled(...labels), targeted ? labelled(...targets) : undefined);
    const losses = await loss(logits).data();
    each(values).forEach((expected, i) => assertAlmostEquals(losses[i]!, expected, 1e-5));
    const gradient = await gradientAt((z: Logits) => loss(z).sum<tf.Scalar>(), logits).data();
    values.forEach((_, i) => {
      const shifted = (h: number) =>
        each(values.map((z, j) => i === j ? z + h : z)).reduce((a, b) => a + b, 0);
      assertAlmostEquals(gradient[i]!, (shifted(1e-6) - shifted(-1e-6)) / 2e-6, 1e-4);
    });
  });
}

Deno.test("dlr() does not change when logits are shifted or scaled", async () => {
  const logits = normal<tf.Rank.R2>([8, 5], 0, 1, 1), labels = labelled(0, 1, 2, 3, 4, 0, 1, 2);
  const plain = await dlr(logits, labels).data(), moved = await dlr(logits.mul(1000).add(7), labels).data();
  plain.forEach((value, i) => assertAlmostEquals(moved[i]!, value, 1e-3));
});

Deno.test("dlr() stays finite where all logits are equal, and at ±1000", async () => {
  const logits = tf.tensor2d([[3, 3, 3, 3], [1000, -1000, -1000, -1000]]);
  for (const targets of [undefined, labelled(1, 1)]) {
    const loss = (z: Logits) => dlr(z, labelled(0, 0), targets);
    const gradient = gradientAt((z: Logits) => loss(z).sum<tf.Scalar>(), logits);
    assert([...await loss(logits).data(), ...await gradient.data()].every(Number.isFinite));
  }
});

Deno.test("dlr() wants three classes, or four with targets", () => {
  assertThrows(() => dlr(tf.zeros([1, 2]), labelled(0)), RangeError, "needs 3 classes or more: got 2");
  assertThrows(
    () => dlr(tf.zeros([1, 3]), labelled(0), labelled(1)),
    RangeError,
    "needs 4 classes or more: got 3",
  );
});
