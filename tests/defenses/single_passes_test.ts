import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { attackBy, linf, type Redrawable } from "@gcln/kit/attacks";
import { dataset } from "@gcln/kit/data";
import { parametricNoise, standSinglePasses } from "@gcln/kit/defenses";
import { measure } from "@gcln/kit/evaluation";
import { figure4 } from "@gcln/kit/experiments";
import { type Images, type Labels, type Logits, normal, tf, uniform, useBackend } from "@gcln/kit/tensor";

await useBackend();

/** Noise on the logits of two classes, the same for all images of a draw. */
const seeds: number[] = [];
const noisy = (images: Images, seed: number) => {
  seeds.push(seed);
  const bright = images.mean([1, 2, 3], false).expandDims(1);
  return tf.concat([tf.sub(0.5, bright), bright.sub(0.5)], 1).add(
    normal<tf.Rank.R2>([1, 2], 0, 1, seed),
  ) as Logits;
};
const images = uniform<tf.Rank.R4>([40, 4, 4, 1], 0, 1, 1) as Images;

Deno.test("a single pass reads an image by one of 8 draws, which follows from the image alone", async () => {
  const { victim } = standSinglePasses(noisy, 1);
  seeds.length = 0;
  const found = await victim(images).data(), drawn = seeds.splice(0);
  assertEquals([drawn.length, new Set(drawn).size], [8, 8]);
  const draws = await Promise.all(drawn.map((seed) => noisy(images, seed).data()));
  const which = Array.from({ length: 40 }, (_, i) => draws.findIndex((draw) => draw[2 * i] === found[2 * i]));
  assert(which.every((draw) => draw >= 0));
  assert(new Set(which).size >= 6, `${new Set(which).size} of 8 draws were used`); // 40 images
  const some = await victim(images.gather([7, 3])).data();
  assertEquals([...some], [found[14]!, found[15]!, found[6]!, found[7]!]);
  const other = await standSinglePasses(noisy, 2).victim(images).data();
  assertNotEquals(other, found);
});

Deno.test("attacks by gradients see other draws in each step, the same in each run, and none of those that score", async () => {
  const { victim, surrogates } = standSinglePasses(noisy, 1),
    surrogate = surrogates!["white-box"] as Redrawable;
  const batch = { images, labels: tf.zeros([40], "int32") as Labels };
  const run = async (seed: number) => {
    seeds.length = 0;
    const spec = { attack: "pgd", ball: linf(0.1), stepSize: 0.02, steps: 3 } as const;
    (await attackBy(spec)(surrogate, batch, { seed })).dispose();
    return seeds.splice(0);
  };
  const first = await run(1);
  assertEquals([first.length, new Set(first).size], [24, 24]); // 8 in each of 3 steps
  assertEquals(await run(1), first);
  assertNotEquals(await run(2), first);
  victim(images);
  assertEquals(seeds.splice(0).filter((seed) => first.includes(seed)), []);
});

Deno.test("a measurement tells that draws were fresh in each step", async () => {
  const { victim, surrogates } = standSinglePasses(noisy, 1),
    surrogate = surrogates!["white-box"] as Redrawable;
  const data = dataset({
    name: "noise",
    split: "test",
    classes: ["a", "b"],
    shape: [4, 4, 1],
    pixels: Uint8Array.from({ length: 64 }, (_, i) => i),
    labels: new Uint8Array(4),
  });
  const attack = { attack: "pgd", ball: linf(0.1), stepSize: 0.02, steps: 2 } as const;
  assertEquals((await measure(victim, data, { attack, surrogate, seed: 1 })).redrawn, "each step");
  const fixed = (images: Images) => surrogate(images);
  assertEquals((await measure(victim, data, { attack, surrogate: fixed, seed: 1 })).redrawn, undefined);
});

Deno.test("Figure 4 scores parametric noise by single passes, and the mean is still there", () => {
  for (const { curves } of Object.values(figure4.panels)) {
    assertEquals(
      "defense" in curves["PNI"]! && curves["PNI"].defense,
      parametricNoise({ scored: "single passes" }),
    );
  }
  assertEquals(parametricNoise() as object, { defense: "parametric noise" });
});
