import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
  assertThrows,
} from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import {
  filtersOf,
  learnedAtoms,
  lowPass,
  sharpPatches,
  sparseCodes,
  sparselySummed,
  sparseSum,
  steepestSlope,
} from "@gcln/kit/defenses";
import { type Images, normal, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { left, standAccustomed } from "./_accustomed.ts";

await useBackend();
const scalar = async (value: tf.Tensor) => (await value.data())[0]!;
const digits = await streetDigits("train", { size: 300 });
const patches = await sharpPatches(digits, 1), atoms = await learnedAtoms(patches, 0.1, { seed: 1 });
const filters = filtersOf(atoms), slope = steepestSlope(filters, 32);

Deno.test("lowPass() solves x + 5 (second differences of x, mirrored at the border) = s", async () => {
  const s = uniform<tf.Rank.R4>([2, 9, 9, 2], 0, 1, 1) as Images, x = lowPass(s);
  const curved = (axis: 1 | 2) => {
    const begin = axis === 1 ? [0, 1, 0, 0] : [0, 0, 1, 0];
    const first = axis === 1 ? [-1, 1, -1, -1] : [-1, -1, 1, -1],
      last = axis === 1 ? [0, 8, 0, 0] : [0, 0, 8, 0];
    const most = axis === 1 ? [-1, 8, -1, -1] : [-1, -1, 8, -1];
    const before = tf.concat([x.slice([0, 0, 0, 0], first), x.slice([0, 0, 0, 0], most)], axis);
    const after = tf.concat([x.slice(begin), x.slice(last)], axis);
    return x.mul(2).sub(before).sub(after);
  };
  assertLess(await scalar(x.add(curved(1).add(curved(2)).mul(5)).sub(s).abs().max()), 1e-5);
  assertThrows(() => lowPass(tf.zeros([1, 8, 9, 1])), RangeError, "square ones are wanted");
});

Deno.test("sparseCodes() by atoms that are at right angles are the products less λ", async () => {
  const rows = tf.eye(64).slice([0, 0], [3, -1]) as tf.Tensor2D;
  const patch = tf.tensor2d([[0.5, -0.3, 0.05, ...new Array(61).fill(0)]]);
  const codes = [...await sparseCodes(patch, rows, 0.1, 60).data()];
  [0.4, -0.2, 0].forEach((wanted, i) => assertAlmostEquals(codes[i]!, wanted, 1e-3));
});

Deno.test("learnedAtoms() have length 1, and cost patches less than the patches that they began with", async () => {
  assertLess(await scalar(atoms.square().sum(1).sub(1).abs().max()), 1e-4);
  const cost = async (rows: tf.Tensor2D) => {
    const codes = sparseCodes(patches, rows, 0.1, 60), missing = patches.sub(codes.matMul(rows));
    return await scalar(missing.square().sum().div(2).add(codes.abs().sum().mul(0.1)));
  };
  const random = normal<tf.Rank.R2>([32, 64], 0, 1, 1),
    unit = random.div(random.square().sum(1, true).sqrt());
  assertLess(await cost(atoms), 0.9 * await cost(unit as tf.Tensor2D));
});

Deno.test("sparseSum() finds one atom in an image again, less λ, and nothing where λ is too large", async () => {
  const at = tf.buffer([1, 16, 16, 32]);
  at.set(1, 0, 8, 8, 5);
  const image = tf.conv2dTranspose(at.toTensor() as Images, filters, [1, 32, 32, 1], 2, "same") as Images;
  const found = sparseSum(image, { filters, slope, lambda: 0.05, steps: 150 });
  const size = await scalar(found.mul(image).sum().div(image.square().sum()));
  assert(size > 0.9 && size < 1, `${size}`);
  assertEquals(await scalar(sparseSum(image, { filters, slope, lambda: 2 }).abs().max()), 0);
});

Deno.test("By steps of steepestSlope() the pursuit misses less and less, after 8 not much more than after 100", async () => {
  const { images } = digits.take(4).all(), sharp = images.sub(lowPass(images)) as Images;
  const missing = async (steps: number) =>
    await scalar(sharp.sub(sparseSum(sharp, { filters, slope, lambda: 0.02, steps })).square().sum());
  const [few, usual, many] = [await missing(2), await missing(8), await missing(100)];
  assertGreater(few, usual);
  assertGreater(usual, 0.99 * many);
  assertLess(usual, 1.6 * many);
});

Deno.test("An attacker through all steps of the pursuit leaves no more than one who does not know of it", async () => {
  const { victim, surrogates } = await standAccustomed(
    sparselySummed({ filters, slope, lambda: 0.1 }),
    1_000,
  );
  const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 3 / 255, steps: 5 } as const, examples = 12;
  assertGreater(await left(victim, { examples }), 0.7);
  const oblivious = await left(victim, { attack, examples, surrogate: surrogates!["oblivious"] });
  assertLessOrEqual(await left(victim, { attack, examples }), oblivious);
});
