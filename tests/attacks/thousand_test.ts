/**
 * On 1 000 images random attacks leave as many standing as the Python libraries' do, and minimal-norm attacks go no
 * further (fixtures/golden/make_thousand.py).
 *
 * As many: within what 1 000 coin tosses differ by in 99 % of all cases, from the mean of the library's seeds. No
 * further: the median distance is at most 1 % above that of the best library. One of ours stands against all libraries'
 * with the same options.
 */
import { assert } from "@std/assert";
import {
  apgd,
  apgdTargeted,
  carliniWagnerL2,
  deepFool,
  fab,
  fabTargeted,
  hopSkipJump,
  type MinimalResult,
  noise,
  pgd,
  spsa,
  square,
} from "@gcln/kit/attacks";
import { leadOf } from "@gcln/kit/judge";
import { type Batch, type Classifier, type Images, tf, useBackend } from "@gcln/kit/tensor";
import { type Attempt, ballSettings, minimalSettings, networks, thousand } from "./_thousand.ts";

await useBackend();
const batch = thousand();

// deno-lint-ignore no-explicit-any -- options of many attacks, as JSON
type Attack<T> = (surrogate: Classifier, batch: Batch, options: any) => T | Promise<T>;

const inBall: Readonly<Record<string, Attack<Images>>> = { apgd, apgdTargeted, noise, pgd, spsa, square };

const minimal: Readonly<Record<string, Attack<MinimalResult>>> = {
  carliniWagner: carliniWagnerL2,
  deepFool,
  fab,
  fabTargeted,
  hopSkipJump,
};

/** Settings that differ in nothing but the library. */
function alike<T extends Attempt>(of: readonly T[]): T[][] {
  const groups = Map.groupBy(
    of,
    ({ attack, network, options }) => JSON.stringify([attack, network, options]),
  );
  return [...groups.values()];
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

/** By how much the share may differ that 1 000 images give. */
const tosses = (share: number) => 2.576 * Math.sqrt(share * (1 - share) / 1000);

for (const group of alike(ballSettings.filter(({ attack }) => attack in inBall))) {
  const { attack, network, options } = group[0]!;
  const of = `${options.loss ? `${options.loss}, ` : ""}${options.ball.norm}`;
  Deno.test(`${attack}() (${of}) leaves as many of 1 000 images standing as others' on the ${network} network`, async () => {
    const attacked = await inBall[attack]!(networks[network], batch, options);
    const over = await leadOf(networks[network], attacked, batch.labels).data();
    const ours = over.filter((margin) => margin <= 0).length / over.length;
    for (const { library, standing } of group) {
      const theirs = mean(standing), apart = ours - theirs;
      assert(theirs > 0 && theirs < 1, "Where all or none stand, nothing is told apart");
      // The reference's squares never touch two of the borders, which leaves more standing; "mended" ones do.
      const asFar = library === "reference" && attack === "square" ? apart : Math.abs(apart);
      assert(asFar < tosses(theirs), `${ours} stand here, ${theirs} after ${library}'s`);
    }
    attacked.dispose();
  });
}

for (const group of alike(minimalSettings.filter(({ attack }) => attack in minimal))) {
  const { attack, network, options: { norm, ...options } } = group[0]!;
  const how = Object.entries(options).map(([name, value]) => `${name} ${value}`).join(", ");
  Deno.test(`${attack}() (${norm}, ${how}) goes no further than others' on the ${network} network`, async () => {
    const found = await minimal[attack]!(networks[network], batch, { norm, ...options });
    const [far, success] = [await found.distance.data(), await found.success.data()];
    const sorted = Float32Array.from(far, (d, i) => success[i] ? d : Infinity).sort();
    const ours = sorted[Math.floor((sorted.length - 1) / 2)]!; // as torch.median
    const theirs = Math.min(...group.map(({ median }) => median ?? Infinity));
    assert(theirs > 0 && theirs < Infinity);
    assert(ours <= 1.01 * theirs, `The median is ${ours} here, ${theirs} there`);
    tf.dispose([found.images, found.success, found.distance]);
  });
}
