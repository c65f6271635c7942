import { assert, assertEquals, assertThrows } from "@std/assert";
import { attackBy, attackLoss, autoAttack, contains, eot, eotLoss, l1, l2, linf } from "@gcln/kit/attacks";
import { everyAttack } from "@gcln/kit/experiments";
import {
  type Batch,
  type Classifier,
  type Images,
  type Labels,
  normal,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";

await useBackend();

const slopes = normal<tf.Rank.R2>([27, 4], 0, 1, 1);
const images = uniform<tf.Rank.R4>([6, 3, 3, 3], 0.2, 0.8, 2);

for (const classes of [2, 3, 4]) {
  const victim: Classifier = (x: Images) =>
    x.sub(0.5).reshape<tf.Tensor2D>([-1, 27]).matMul(slopes.slice([0, 0], [27, classes])) as tf.Tensor2D;
  const batch: Batch = { images, labels: victim(images).argMax(1) };
  const targets = tf.zeros([6], "int32") as Labels;

  Deno.test(`Every attack works with ${classes} classes, in each norm in which it says so`, async () => {
    for (const ball of [linf(0.01), l2(0.05), l1(0.2)]) {
      for (const [name, spec] of Object.entries(everyAttack(ball, { steps: 3, queries: 64 }))) {
        const attacked = await attackBy(spec)(victim, batch, { seed: 1 });
        assert((await contains(ball, images, attacked)).every(Boolean), `${name} in ${ball.norm}`);
      }
    }
  });

  Deno.test(`autoAttack() works with ${classes} classes in all versions, with and without targets`, async () => {
    const few = { ball: linf(0.01), steps: 3, queries: 10, restarts: 1, draws: 2 };
    for (const aim of [{}, { targets }]) {
      for (const version of ["standard", "plus"] as const) {
        const { success } = await autoAttack(victim, batch, { ...few, ...aim, version });
        assertEquals(success.length, 6);
      }
      const { success } = await autoAttack((x) => victim(x), batch, { ...few, ...aim, version: "rand" });
      assertEquals(success.length, 6);
    }
  });
}

Deno.test("Where the ratio DLR is not defined the margin takes its place", async () => {
  const labels = tf.tensor1d([0], "int32"), targets = tf.tensor1d([1], "int32");
  for (const [logits, aim] of [[[3, 1], undefined], [[3, 1], targets], [[3, 1, 2], targets]] as const) {
    const z = tf.tensor2d([[...logits]]);
    const [ratio, margin] = ["dlr", "margin"].map((loss) => attackLoss(loss as "dlr", z, labels, aim));
    assertEquals(await ratio!.data(), await margin!.data());
  }
  const mean = eot((x) => x.reshape([1, 2]) as tf.Tensor2D, { draws: 2 });
  const loss = eotLoss("dlr") as (z: tf.Tensor2D, y: Labels) => tf.Tensor1D;
  const x = tf.tensor4d([3, 1], [1, 1, 2, 1]);
  assertEquals([...await tf.tidy(() => loss(mean(x), labels)).data()], [-2]);
  const alone = mean(x);
  assertThrows(() => loss(alone, labels), TypeError, "within one tf.tidy");
});
