import { assertStringIncludes } from "@std/assert";
import { dct, quantize } from "@gcln/kit/transform";
import { tf, useBackend } from "@gcln/kit/tensor";
import { assertRight, hint } from "./_marks.ts";

/** The row's coefficients by the kit's own transform of blocks: a block of M equal rows holds them in its first row. */
async function byKit(row: number[]): Promise<number[]> {
  const m = row.length, block = tf.tensor4d(Array(m).fill(row).flat(), [1, m, m, 1]);
  const [...values] = await dct(block, m).div(Math.sqrt(m)).data();
  return values.slice(0, m);
}

function sums(row: number[], first = 1, factor = 1, wave = Math.cos): number[] {
  const m = row.length;
  return row.map((_, i) => {
    const terms = row.map((x, n) => x * wave(i * Math.PI * (n + 0.5) / m));
    return (i === 0 ? first : 1) * factor * terms.reduce((a, b) => a + b, 0);
  });
}

Deno.test("exercise 5.1 takes the transform, by hand or of the kit, and names the factor that is missing", async () => {
  await useBackend();
  await assertRight("5.1", byKit);
  await assertRight("5.1", (row: number[]) => sums(row, Math.SQRT1_2, Math.sqrt(2 / row.length)));
  assertStringIncludes(
    await hint("5.1", (row: number[]) => sums(row, 1, Math.sqrt(2 / row.length))),
    "C₀ is 1/√2",
  );
  assertStringIncludes(
    await hint("5.1", (row: number[]) => sums(row, Math.SQRT1_2)),
    "√(2/M) before the sum",
  );
  assertStringIncludes(await hint("5.1", (row: number[]) => sums(row)), "without the factors");
  assertStringIncludes(
    await hint("5.1", (row: number[]) => sums(row, Math.SQRT1_2, Math.sqrt(2 / row.length), Math.sin)),
    "not sines",
  );
  assertStringIncludes(await hint("5.1", () => [1, 2]), "a list of 8 numbers, but returns a list of 2");
});

Deno.test("exercise 5.2 takes rounding to multiples, by hand or of the kit, and names other roundings", async () => {
  await useBackend();
  const each = (f: (x: number, q: number) => number) => (list: number[], q: number) =>
    list.map((x) => f(x, q));
  await assertRight("5.2", each((x, q) => x - (((x + q / 2) % q + q) % q - q / 2)));
  await assertRight(
    "5.2",
    async (list: number[], q: number) => [...await quantize(tf.tensor1d(list), q).data()],
  );
  assertStringIncludes(await hint("5.2", each((x, q) => Math.round(x / q))), "Multiply back");
  assertStringIncludes(await hint("5.2", each((x, q) => q * Math.floor(x / q))), "goes down");
  assertStringIncludes(await hint("5.2", each((x, q) => q * Math.trunc(x / q))), "towards zero");
  assertStringIncludes(await hint("5.2", each((x) => Math.round(x))), "Where is q");
});

Deno.test("exercise 5.3 takes the smallest change that always passes, and no other", async () => {
  await assertRight("5.3", 1.25);
  assertStringIncludes(await hint("5.3", 10), "If all pixels brighten by 1");
  assertStringIncludes(await hint("5.3", 10 / 64), "divided by 8");
  assertStringIncludes(await hint("5.3", 0.625), "wherever it was");
  assertStringIncludes(await hint("5.3", 1.25 / 255), "in levels");
  assertStringIncludes(await hint("5.3", 1), "still round to the same");
  assertStringIncludes(await hint("5.3", 2), "less would do");
});
