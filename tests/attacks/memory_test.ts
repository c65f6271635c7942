import { assertEquals } from "@std/assert";
import { carliniWagnerL2, carliniWagnerLinf, linf, type Norm } from "@gcln/kit/attacks";
import { type Classifier, tf, useBackend } from "@gcln/kit/tensor";
import { bent, scattered } from "./_models.ts";
import { attacksIn, short } from "./_every.ts";

await useBackend();

/** Fails in the middle of its work, when it is asked for the nth time. */
function failing(nth: number): Classifier {
  let asked = 0;
  return (images) => {
    const twice = images.square().exp().mul(2);
    if (++asked >= nth) throw new Error("out of luck");
    twice.dispose();
    return bent(images);
  };
}

const batch = scattered(), radii = { linf: 0.1, l2: 1, l1: 5 };

Deno.test("A classifier that fails in the middle of an attack leaves no tensor behind", async () => {
  for (const norm of Object.keys(radii) as Norm[]) {
    const ball = { norm, epsilon: radii[norm] };
    for (const kind of attacksIn(norm)) {
      for (const nth of [1, 2, 3, 6]) {
        const before = tf.memory().numTensors;
        const run = async () => {
          const made = await kind.run(failing(nth), batch, { ball, ...short(kind), seed: 1 });
          made.dispose();
        };
        await run().catch((error: Error) => assertEquals(error.message, "out of luck", kind.name));
        assertEquals(tf.memory().numTensors, before, `${kind.name}, ${norm}, ${nth}`);
      }
    }
  }
});

Deno.test("Carlini and Wagner's attacks free their search where a ball does not fit", async () => {
  const before = tf.memory().numTensors, ball = linf([0.1]);
  for (const attack of [carliniWagnerL2, carliniWagnerLinf]) {
    const error = await attack(bent, batch, { ball, steps: 2 }).catch((error: Error) => error);
    assertEquals(error instanceof RangeError, true);
    assertEquals(tf.memory().numTensors, before);
  }
});
