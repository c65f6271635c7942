/**
 * As many images stand as after torchattacks 3.5.1's Square (fixtures/golden/make_square.py), on the mean of its seeds.
 *
 * Both are random searches. As it is shipped, torchattacks leaves the paper in two places, which make it weaker; the mean
 * is taken with them mended, and as shipped it must not be stronger than ours. What they are is said there.
 */
import { assert } from "@std/assert";
import { square } from "@gcln/kit/attacks";
import { leadOf } from "@gcln/kit/judge";
import { type Classifier, frozen, type Images, tf, useBackend } from "@gcln/kit/tensor";
import { network } from "./_golden.ts";
import { stored } from "./_stored.ts";

await useBackend();

interface Setting {
  readonly network: "plain" | "robust" | "smooth";
  readonly norm: "linf" | "l2";
  readonly epsilon: number;
  readonly queries: number;
  readonly standing: readonly number[];
  readonly shipped: readonly number[];
}

const settings: readonly Setting[] = JSON.parse(
  await Deno.readTextFile(new URL("../../fixtures/golden/square_settings.json", import.meta.url)),
);
const golden = await stored("square_images.safetensors");
const images = tf.tensor(golden["images"]!.values, golden["images"]!.shape).div(255) as Images;
const labels = tf.tensor1d(golden["labels"]!.values, "int32");

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

for (const { network: name, norm, epsilon, queries, standing, shipped } of settings) {
  Deno.test(`square() leaves as many images as torchattacks' (${norm}) on the ${name} network, within 99 %`, async () => {
    const cropped: Classifier = (x) => network(name)(x.slice([0, 0, 0, 0], [-1, 12, 12, -1]) as Images);
    const victim = frozen(cropped);
    const given = norm === "linf" ? images : images.pad([[0, 0], [0, 1], [0, 1], [0, 0]], 0.5) as Images;
    const attacked = await square(victim, { images: given, labels }, { ball: { norm, epsilon }, queries });
    const over = await leadOf(victim, attacked, labels).data(), count = over.length;
    const ours = over.filter((margin) => margin <= 0).length / count;
    const theirs = mean(standing);
    const noise = 2.576 * Math.sqrt(theirs * (1 - theirs) / count);
    assert(Math.abs(ours - theirs) < noise, `${ours} of the images stand here, ${theirs} there`);
    assert(ours < mean(shipped) + noise, `${ours} here, ${mean(shipped)} as shipped`);
    victim.dispose();
  });
}
