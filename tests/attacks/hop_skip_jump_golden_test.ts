/**
 * hopSkipJump() beside foolbox's HopSkipJumpAttack (fixtures/golden/make_hop_skip_jump.py), with as many queries.
 *
 * Both are random: each image's distance is the geometric mean over the seeds, and the median is taken of the images.
 */
import { assert } from "@std/assert";
import { hopSkipJump } from "@gcln/kit/attacks";
import { frozen, useBackend } from "@gcln/kit/tensor";
import { images, labels, network } from "./_golden.ts";

await useBackend();

interface Golden {
  readonly network: "plain" | "robust" | "smooth";
  readonly norm: "l2" | "linf";
  readonly queries: number;
  /** For each seed those of all images. */
  readonly distances: readonly (readonly number[])[];
}

const golden: readonly Golden[] = JSON.parse(
  await Deno.readTextFile(new URL("../../fixtures/golden/hop_skip_jump.json", import.meta.url)),
);
const batch = { images: images(), labels: labels() };

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
/** The mean logarithm of each image's distances. */
const logs = (seeds: readonly (readonly number[])[]) =>
  seeds[0]!.map((_, i) => mean(seeds.map((distances) => Math.log(distances[i]!))));
const median = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b), half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
};

for (const { network: name, norm, queries, distances } of golden) {
  Deno.test(`hopSkipJump() comes as near as foolbox's in ${queries} queries (${norm}, ${name})`, async () => {
    const victim = frozen(network(name)), ours: number[][] = [];
    for (const seed of [0, 1, 2]) {
      const found = await hopSkipJump(victim, batch, { norm, queries, seed });
      assert(found.queries.every((spent) => spent <= queries));
      assert((await found.success.data()).every(Boolean));
      ours.push([...await found.distance.data()]);
    }
    const [here, there] = [logs(ours), logs(distances)];
    const apart = here.map((log, i) => log - there[i]!);
    for (const [what, log] of [["mean", mean(apart)], ["median of the ratios", median(apart)]] as const) {
      assert(Math.exp(log) < 1.01, `the ${what} is ${Math.exp(log)} of foolbox's`);
    }
    victim.dispose();
  });
}
