/**
 * autoAttack() leaves the images of 1 000 standing that the authors' code does (fixtures/golden/make_thousand.py).
 *
 * Square reaches the borders here; where it decides (on "quantized") it is compared with the authors' code in which that was
 * mended.
 */
import { assert, assertEquals } from "@std/assert";
import { autoAttack } from "@gcln/kit/attacks";
import { tf, useBackend } from "@gcln/kit/tensor";
import { autoAttackSettings, type NetworkName, networks, noisy, thousand } from "./_thousand.ts";

await useBackend();

const POINT = 0.01;

for (const { network, options: { version, ball, count, ...options }, after, stands } of autoAttackSettings) {
  const theirs = Object.values(after).at(-1)!;
  const within99 = 2.576 * Math.sqrt(theirs * (1 - theirs) / count);

  Deno.test(`autoAttack() (${version}, ${ball.norm}) leaves as many images standing as the authors' code on the ${network} network`, async () => {
    const batch = thousand(count), about = { ball, seed: 1 };
    const { images, success, stages } = version === "rand"
      ? await autoAttack(noisy, batch, { ...about, ...options, version })
      : await autoAttack(networks[network as NetworkName], batch, { ...about, version });
    const ours = success.filter((fooled) => !fooled).length / count;
    assert(theirs > 0 && theirs < 1, "Where all or none stand, nothing is told apart");
    // Where only squares find anything, as many tosses of a coin stand between two runs.
    const apart = version === "rand" || network === "quantized" ? within99 : POINT;
    assert(Math.abs(ours - theirs) <= apart, `${ours} stand here, ${theirs} there`);
    assertEquals(stages.length, Object.keys(after).length);
    if (apart === POINT) {
      const other = success.filter((fooled, i) => fooled === (stands![i] === "1")).length / count;
      assert(other <= POINT, `The verdict is another one for ${other} of the images`);
    }
    tf.dispose([images, batch.images, batch.labels]);
  });
}
