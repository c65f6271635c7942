/** Equal patches have equal outputs on wasm: max pools send their gradients where plain TensorFlow.js sends them. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { compile, tf, useBackend } from "@gcln/kit/tensor";
import { assertAlike, on, waves } from "./_like_cpu.ts";

await useBackend("wasm");

/** The colour of a pixel, as a number; equal numbers are equal in all channels. */
type Pattern = (row: number, column: number) => number;

const patterns: Readonly<Record<string, Pattern>> = {
  "flat": () => 0,
  "with stripes": (_, column) => column % 3,
  "with lines": (row) => row % 2,
  "with slanted stripes": (row, column) => (row + column) % 5,
  "slanted the other way": (row, column) => (row - column + 60) % 4,
  "checkered": (row, column) => (row + column) % 2,
  "checkered by twos": (row, column) => (Math.floor(row / 2) + Math.floor(column / 2)) % 2,
  "checkered by threes": (row, column) => (Math.floor((row + 1) / 3) + Math.floor(column / 3)) % 2,
  "with a dark border": (row, column) =>
    row > 2 && row < 10 && column > 3 && column < 11 ? 20 + row * 14 + column : 0,
  "flat on one side": (row, column) => column < 6 ? 0 : row * 14 + column,
  "with rows of equal patches": (row, column) => row > 4 && row < 9 ? row : row * 14 + column,
};

/** Images of a pattern each; a colour has numbers of its own for each channel. */
function drawn(
  all: readonly Pattern[],
  [height, width]: readonly [number, number],
  channels: number,
): tf.Tensor4D {
  const values = all.flatMap((pattern) =>
    Array.from({ length: height * width }, (_, i) => pattern(Math.floor(i / width), i % width))
      .flatMap((colour) => Array.from({ length: channels }, (_, c) => Math.sin(7.3 * colour + 12.9 * c)))
  );
  return tf.tensor4d(values, [all.length, height, width, channels]);
}

const layer = (x: tf.Tensor4D, outputs: number, seed: number) =>
  tf.conv2d(x, waves([3, 3, x.shape[3], outputs], seed), 1, "same").add(waves<tf.Rank.R1>([outputs], seed));

/** Which values of each image and channel are equal: for each the first place of the same value. */
function classes(
  { shape: [images, height, width, channels], values }: { shape: number[]; values: number[] },
): number[] {
  const first = new Map<string, number>();
  return values.map((value, i) => {
    const key = `${Math.floor(i / (height! * width! * channels!))} ${i % channels!} ${value}`;
    if (!first.has(key)) first.set(key, i);
    return first.get(key)!;
  }).slice(0, images! * height! * width! * channels!);
}

for (const [channels, outputs] of [[8, 8], [16, 8], [12, 20]] as const) {
  Deno.test(`convolutions of ${channels} to ${outputs} channels on wasm are equal where they are on cpu, on images of a pattern`, async () => {
    const sizes = [[14, 14], [16, 13], [12, 12]] as const;
    for (const [name, pattern] of Object.entries(patterns)) {
      for (const size of sizes) {
        // Among others, which have no pattern.
        const noise: Pattern = (row, column) => row * 17 + column;
        const f = () => [tf.relu(layer(drawn([noise, pattern, noise], size, channels), outputs, 3))];
        const [plain] = await on("cpu", f), [fast] = await on("wasm", f);
        assertEquals(classes(fast!), classes(plain!), `${name}, ${size}`);
      }
    }
  });
}

Deno.test("max pools after convolutions on wasm send gradients where cpu does, eager and compiled", async () => {
  const shape = [Object.keys(patterns).length, 16, 16, 8];
  /** Where the gradient of a pool goes, behind two layers. */
  const f = (x: tf.Tensor) => {
    const y = layer(tf.relu(layer(x as tf.Tensor4D, 8, 1)) as tf.Tensor4D, 8, 2) as tf.Tensor4D;
    const goes = (stride: number) =>
      tf.grad((y: tf.Tensor) => tf.maxPool(y as tf.Tensor4D, 2, stride, "valid").sum())(y);
    return [goes(1), goes(2)];
  };
  const images = () => drawn(Object.values(patterns), [16, 16], 8);
  const expected = await on("cpu", () => f(images()));
  const compiled = compile((x) => f(x!), [tf.zeros(shape)]);
  for (
    const [way, found] of Object.entries({
      eager: await on("wasm", () => f(images())),
      compiled: await on("wasm", () => compiled(images())),
    })
  ) {
    assertEquals(found.map(({ values }) => values), expected.map(({ values }) => values), way);
  }
  compiled.dispose();
});

Deno.test("neighbours on wasm are equal wherever two patches are in a picture of noise", async () => {
  const place = fc.record({
    row: fc.integer({ min: 0, max: 10 }),
    column: fc.integer({ min: 0, max: 10 }),
    way: fc.constantFrom([0, 1], [1, 0], [1, 1], [1, -1]),
  });
  await fc.assert(
    fc.asyncProperty(place, async ({ row, column, way: [down, across] }) => {
      // From a corner on, what lies a step further is the same, for one patch.
      const left = across! < 0 ? column + 1 : column;
      const pattern: Pattern = (r, c) => {
        while (
          r - down! >= row && r - down! <= row + 2 && c - across! >= left && c - across! <= left + 2
        ) [r, c] = [r - down!, c - across!];
        return r * 16 + c;
      };
      const f = () => [tf.conv2d(drawn([pattern], [16, 16], 8), waves([3, 3, 8, 8], 1), 1, "valid")];
      const { values } = (await on("wasm", f))[0]!;
      const at = (r: number, c: number) => values.slice((r * 14 + c) * 8, (r * 14 + c + 1) * 8);
      assertEquals(at(row, left), at(row + down!, left + across!));
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("tiles with equal patches end as all others do on wasm: with a bias, a shortcut, a ReLU or a mask", async () => {
  for (const size of [[16, 16], [13, 14]] as const) {
    const images = () => drawn(Object.values(patterns), size, 8);
    const f = (x: tf.Tensor) => {
      const y = layer(x as tf.Tensor4D, 8, 1), half = x.mul(0.5);
      // The last is a gradient of ReLU behind a convolution.
      const masked = tf.grad((z) => tf.relu(z))(half, layer(x as tf.Tensor4D, 8, 4));
      return [y, tf.relu(y), tf.relu(layer(x as tf.Tensor4D, 8, 2).add(x)), masked];
    };
    const expected = await on("cpu", () => f(images()));
    const compiled = compile((x) => f(x!), [tf.zeros([Object.keys(patterns).length, ...size, 8])]);
    assertAlike(await on("wasm", () => compiled(images())), expected, `${size}, compiled`);
    assertAlike(await on("wasm", () => f(images())), expected, `${size}, eager`);
    compiled.dispose();
  }
});
