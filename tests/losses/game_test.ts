import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { gradientAt, type Logits, tf, useBackend } from "@gcln/kit/tensor";
import { adversarial, CLEAN, generative, minimax } from "@gcln/kit/losses";

await useBackend();

// Logits of a detector that gives "clean" the probabilities p.
const detected = (...p: number[]): Logits =>
  tf.tensor2d(p.map((p) => CLEAN === 1 ? [Math.log(1 - p), Math.log(p)] : [Math.log(p), Math.log(1 - p)]));

Deno.test("adversarial() is the mean of −log of what the detector gives to clean, Eq. (5)", async () => {
  const [loss] = await adversarial(detected(0.5, 0.25)).data();
  assertAlmostEquals(loss!, (Math.log(2) + Math.log(4)) / 2, 1e-6);
});

Deno.test("generative() weighs the losses by λ, Eq. (3), by one half where none is given", async () => {
  const loss = (lambda?: number) =>
    generative(tf.scalar(8), tf.scalar(4), lambda === undefined ? {} : { lambda }).data();
  assertEquals((await loss())[0], 6);
  assertEquals((await loss(1))[0], 8);
  assertEquals((await loss(0))[0], 4);
  assertThrows(
    () => generative(tf.scalar(8), tf.scalar(4), { lambda: 1.5 }),
    RangeError,
    "Cannot use λ 1.5: a number from 0 to 1 is wanted",
  );
});

Deno.test("minimax() is Eq. (6)", async () => {
  const [value] = await minimax(detected(0.9, 0.6), detected(0.2, 0.3, 0.1)).data();
  const expected = (Math.log(0.9) + Math.log(0.6)) / 2 + (Math.log(0.8) + Math.log(0.7) + Math.log(0.9)) / 3;
  assertAlmostEquals(value!, expected, 1e-6);
});

Deno.test("minimax() grows as the detector tells clean from cleaned, and adversarial() as it does", async () => {
  const up = async (f: (z: Logits) => tf.Scalar) =>
    Math.sign((await gradientAt(f, detected(0.4)).data())[CLEAN]!);
  assertEquals(await up((z) => minimax(z, detected(0.5))), 1);
  assertEquals(await up((z) => minimax(detected(0.5), z)), -1);
  assertEquals(await up(adversarial), -1);
});

Deno.test("minimax() stays finite where the detector is sure and wrong", async () => {
  const sure = (clean: number) => tf.tensor2d([CLEAN === 1 ? [-clean, clean] : [clean, -clean]]);
  assertAlmostEquals((await minimax(sure(-500), sure(500)).data())[0]!, -2000, 1e-2);
});
