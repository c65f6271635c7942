/**
 * autoAttack() leaves the images of 1 000 standing that the authors' code does, attack by attack
 * (fixtures/golden/make_thousand.py).
 *
 * Square reaches the borders here, as in the paper. Against the authors' code in which that was mended, as many stand in the
 * end; against theirs as it is, no more.
 */
import { assert, assertEquals } from "@std/assert";
import { autoAttack } from "@gcln/kit/attacks";
import { type Batch, type Classifier, frozen, tf, useBackend } from "@gcln/kit/tensor";
import { autoAttackSettings, networks, noisy, thousand } from "./_thousand.ts";

await useBackend();

const POINT = 0.01;

/** By how much two runs of a random attack may differ, in 99 of 100 cases. */
const tosses = (share: number, count: number) => 2.576 * Math.sqrt(share * (1 - share) / count);

/** With a row and a column more, as the authors' Square wants them for l2. */
function padded({ images, labels }: Batch): Batch {
  return { images: images.pad([[0, 0], [0, 1], [0, 1], [0, 0]], 0.5), labels };
}

/** A classifier that looks at the first 12 rows and columns only. */
function cropped(classifier: Classifier): Classifier {
  return (x) => classifier(x.slice([0, 0, 0, 0], [-1, 12, 12, -1]));
}

for (const { network, options, after, stands } of autoAttackSettings) {
  const { version, ball, count, square, ...rest } = options;
  const others = `the authors' code${square === "mended" ? ", its squares mended," : ""}`;

  Deno.test(`autoAttack() (${version}, ${ball.norm}, ${rest.steps} steps) leaves as many images standing as ${others} on the ${network} network`, async () => {
    const batch = ball.norm === "l2" ? padded(thousand(count)) : thousand(count), about = { ball, seed: 1 };
    const victim = network === "noisy" ? undefined : frozen(cropped(networks[network]));
    const { images, success, stages } = version === "rand"
      ? await autoAttack(noisy, batch, { ...about, ...rest, version })
      : await autoAttack(victim!, batch, { ...about, ...rest, version });
    assertEquals(stages.map(({ attack }) => attack.toLowerCase()), Object.keys(after));
    const last = Object.values(after).at(-1)!;
    assert(last > 0 && last < 1, "Where all or none stand, nothing is told apart");
    let squares = false;
    for (const { attack, standing } of stages) {
      squares ||= attack === "Square";
      const ours = standing / count, theirs = after[attack.toLowerCase()]!;
      const allowed = version === "rand" || squares ? Math.max(POINT, tosses(theirs, count)) : POINT;
      const apart = squares && square === "shipped" ? ours - theirs : Math.abs(ours - theirs);
      assert(apart <= allowed, `${ours} stand after ${attack} here, ${theirs} there`);
    }
    if (version !== "rand" && square === "shipped") {
      const lost = success.filter((fooled, i) => !fooled && stands![i] === "0").length / count;
      assert(lost <= POINT, `${lost} of the images stand here, but not there`);
    }
    victim?.dispose();
    tf.dispose([images, batch.images, batch.labels]);
  });
}
