import { assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { classifierSpec, gcln, specsOf } from "@gcln/kit/defenses";
import { profiles, table3 } from "@gcln/kit/experiments";
import { useBackend } from "@gcln/kit/tensor";
import { ASSUMED, lineOf } from "../../scripts/gpu_hours.ts";
import { flopsOf, forwardFlops } from "../../scripts/gpu_hours/flops.ts";
import { costsOf, stepsOf, trainingFlops } from "../../scripts/gpu_hours/plan.ts";

await useBackend();

Deno.test("flopsOf() counts multiplications and additions of convolutions and products of matrices", () => {
  const kernel = (name: string, inputShapes: number[][], out: number[]) => ({
    name,
    inputShapes,
    outputShapes: [out],
  });
  assertEquals(flopsOf(kernel("Conv2D", [[1, 8, 8, 3], [3, 3, 3, 4]], [1, 8, 8, 4])), 2 * 8 * 8 * 4 * 27);
  assertEquals(
    flopsOf(kernel("Conv2DBackpropInput", [[1, 8, 8, 4], [3, 3, 3, 4]], [1, 8, 8, 3])),
    2 * 8 * 8 * 4 * 27,
  );
  assertEquals(flopsOf(kernel("BatchMatMul", [[6, 2, 3], [6, 3, 5]], [6, 2, 5])), 2 * 6 * 2 * 3 * 5);
  assertEquals(flopsOf(kernel("Relu", [[1, 8, 8, 3]], [1, 8, 8, 3])), 0);
});

Deno.test("forwardFlops() of a network is what its layers add up to", async () => {
  const stack = { architecture: "conv-stack", channels: 3, widths: [4, 12], activation: "elu" } as const;
  assertEquals(await forwardFlops(stack, [8, 8]), 2 * 64 * 9 * (3 * 4 + 4 * 12));
  // The 0.56 · 10⁹ multiply-adds that are told of ResNet-18 for CIFAR-10.
  const { network } = classifierSpec(profiles.paper, "cifar10", 1);
  assertAlmostEquals(await forwardFlops(network, [32, 32]) / 2e9, 0.56, 0.01);
});

Deno.test("a training costs three forward passes an image, and two more for each step of its adversary", async () => {
  const spec = classifierSpec(profiles.quick, "street-digits", 1), { training } = spec;
  const flops = await forwardFlops(spec.network, [32, 32]), plain = (await trainingFlops(spec))!;
  assertAlmostEquals(plain / (3 * training.images * flops), 1, 1e-9);
  const attack = { attack: "pgd", ball: { norm: "linf", epsilon: 0.03 }, stepSize: 0.01, steps: 7 } as const;
  const hardened = { ...spec, training: { ...training, adversary: { attack, after: 0.5 } } };
  assertAlmostEquals((await trainingFlops(hardened))! / plain, (3 + 2 * 3.5) / 3, 1e-9);
  const circumstances = { profile: profiles.quick, dataset: "street-digits", seed: 1 };
  const row = gcln({ q: 10 / 255, features: "classifier" });
  const [cleaner, adaptive] = await Promise.all(
    [row, { ...row, adaptive: true }].map((row) => trainingFlops(specsOf(row, circumstances).at(-1)!)),
  );
  assertGreater(adaptive! / profiles.quick.gcln.adaptive, cleaner! / profiles.quick.gcln.images);
});

Deno.test("stepsOf() knows fgs, steps and budgets, and refuses to guess", () => {
  const ball = { norm: "linf", epsilon: 0.03 } as const;
  assertEquals(stepsOf({ attack: "fgs", ball }), 1);
  assertEquals(stepsOf({ attack: "strongest", ball, budget: 300 }), 150);
  assertThrows(() => stepsOf({ attack: "deepFool", ball }), RangeError, "Cannot tell the steps of deepFool");
});

Deno.test("docs/scale.md has the GPU hours that scripts/gpu_hours.ts prints", async () => {
  const page = (await Deno.readTextFile(new URL("../../docs/scale.md", import.meta.url))).replaceAll(
    / +/g,
    " ",
  );
  const line = lineOf("Table 3", await costsOf(table3, profiles.paper), ASSUMED);
  assertEquals(page.split("\n").filter((other) => other.startsWith("| Table 3 ")), [line]);
});
