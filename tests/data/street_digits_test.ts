import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { streetDigits } from "@gcln/kit/data";

Deno.test("streetDigits() paints the same bytes on every machine", async () => {
  const train = await streetDigits("train", { size: 100 }), test = await streetDigits("test", { size: 100 });
  assertEquals(train.checksum, "a993b4b1b261ed5837ce6167204000cd4ccff7c3a1f70ea2b5ec670eba038baf");
  assertEquals(test.checksum, "3e204ce70363b06c1db40e9fb48158aa0139d31724749eb265fd90510cc52722");
});

Deno.test("streetDigits() gives the same first images however many are asked for", async () => {
  const few = await streetDigits("train", { size: 5 }), more = await streetDigits("train", { size: 40 });
  assertEquals(few.pixels, more.take(5).pixels);
  assertEquals(few.labels, more.take(5).labels);
});

Deno.test("streetDigits() paints another set for another seed or split", async () => {
  const one = await streetDigits("test", { size: 3 });
  assertNotEquals(one.pixels, (await streetDigits("test", { size: 3, seed: 1 })).pixels);
  assertNotEquals(one.pixels, (await streetDigits("train", { size: 3 })).pixels);
});

Deno.test("streetDigits() draws all classes about equally often, and never one image twice", async () => {
  const digits = await streetDigits("train", { size: 1000 }), counts = new Array<number>(10).fill(0);
  for (const label of digits.labels) counts[label]!++;
  assert(counts.every((count) => count > 60 && count < 140), counts.join());
  const seen = new Set<string>();
  for (let i = 0; i < 1000; i++) seen.add(digits.pixels.subarray(i * 3072, i * 3072 + 60).join());
  assertEquals(seen.size, 1000);
});

Deno.test("streetDigits() are neither too dark nor too bright nor flat", async () => {
  const { pixels } = await streetDigits("test", { size: 200 });
  let flat = 0, sum = 0;
  for (let i = 0; i < 200; i++) {
    const image = pixels.subarray(i * 3072, (i + 1) * 3072), mean = image.reduce((a, b) => a + b, 0) / 3072;
    const deviation = Math.sqrt(image.reduce((a, b) => a + (b - mean) ** 2, 0) / 3072);
    sum += mean;
    if (deviation < 8) flat++;
  }
  assert(sum / 200 > 90 && sum / 200 < 165, `mean ${sum / 200}`);
  assert(flat < 10, `${flat} of 200 are flat`);
});

Deno.test("streetDigits() refuses a size that is no count", async () => {
  await assertRejects(() => streetDigits("test", { size: -1 }), RangeError, "-1");
});
