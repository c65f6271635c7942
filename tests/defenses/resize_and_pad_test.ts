import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { resizedAndPadded } from "@gcln/kit/defenses";
import { gradientAt, type Images, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { left, standAccustomed } from "./_accustomed.ts";

await useBackend();

/** Images as a draw shows them. */
function shown(images: Images, seed: number, mirrors = false): Images {
  const { draw, apply } = resizedAndPadded(mirrors);
  return apply(images, draw!(seed, images.shape.slice(1)));
}

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

/** How many rows and columns of a white image's draw are not grey, and where they begin. */
async function frame(seed: number) {
  const white = shown(tf.ones([1, 32, 32, 1]), seed).reshape<tf.Tensor2D>([36, 36]);
  const inside = (lines: Iterable<number>) => Array.from(lines).flatMap((value, i) => value > 0.9 ? [i] : []);
  const rows = inside(await white.max(1).data()), columns = inside(await white.max(0).data());
  return { height: rows.length, width: columns.length, top: rows[0]!, left: columns[0]! };
}

Deno.test("resizedAndPadded() makes 32 pixels 33, 34 or 35, at every place in 36, the rest grey", async () => {
  const frames = await Promise.all(seeds.map(frame));
  assertEquals([...new Set(frames.map(({ height }) => height))].sort(), [33, 34, 35]);
  assert(frames.every(({ height, width }) => height === width));
  const places = new Set(
    frames.filter(({ height }) => height === 33).map(({ top, left }) => `${top} ${left}`),
  );
  assertGreater(places.size, 8); // of 16
  assertEquals([...new Set(frames.map(({ top }) => top))].sort(), [0, 1, 2, 3]);
  const [corner] = await shown(tf.zeros([1, 32, 32, 1]), 2).abs().max().data();
  assertEquals(corner, 0.5);
});

Deno.test("resizedAndPadded() repeats the nearest pixels, in their order", async () => {
  const ramp = tf.range(0, 8).div(8).reshape<tf.Tensor4D>([1, 1, 8, 1]).tile<tf.Tensor4D>([1, 8, 1, 1]);
  const middle = shown(ramp, 5).slice([0, 6, 0, 0], [1, 1, -1, -1]);
  const pixels = Array.from(await middle.mul(8).data(), (value) => Math.round(value * 1e4) / 1e4);
  const inside = pixels.filter((_, i) => i >= pixels.indexOf(0) && i <= pixels.lastIndexOf(7));
  assertEquals([...new Set(inside)], [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals(inside, inside.toSorted((a, b) => a - b));
});

Deno.test("resizedAndPadded() mirrors about every second draw where it may", () => {
  const left = tf.concat([tf.ones([1, 8, 4, 1]), tf.zeros([1, 8, 4, 1])], 2) as Images;
  const isLeft = (image: Images) =>
    image.slice([0, 6, 0, 0], [1, 1, 6, 1]).mean().greater(0.5).dataSync()[0] === 1;
  const mirrored = seeds.filter((seed) => !isLeft(shown(left, seed, true))).length;
  assert(mirrored > 15 && mirrored < 45, `${mirrored} of 60`);
  assert(seeds.every((seed) => isLeft(shown(left, seed))));
});

Deno.test("resizedAndPadded() has the gradient of repeating: each pixel as often as it is shown", async () => {
  const image = uniform<tf.Rank.R4>([1, 32, 32, 1], 0, 1, 1);
  const slope = gradientAt((x: Images) => shown(x, 3).sum() as tf.Scalar, image);
  const { height, width } = await frame(3);
  assertEquals((await slope.sum().data())[0], height * width);
  assertEquals([...new Set(await slope.data())].sort(), [1, 2, 4]);
});

Deno.test("A classifier gets used to resizing and padding, and the mean gradient over draws breaks it", async () => {
  const { victim, surrogates } = await standAccustomed(resizedAndPadded(false), 1_000), examples = 12;
  const attack = { attack: "pgd", ball: linf(8 / 255), stepSize: 3 / 255, steps: 5 } as const;
  assertGreater(await left(victim, { examples }), 0.75);
  const oblivious = await left(victim, { attack, examples, surrogate: surrogates!["oblivious"] });
  assertLessOrEqual(await left(victim, { attack, examples, surrogate: surrogates!["white-box"] }), oblivious);
});
