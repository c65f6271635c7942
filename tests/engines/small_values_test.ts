import { assertAlmostEquals, assertEquals } from "@std/assert";
import { tf, useBackend } from "@gcln/kit/tensor";
import { present } from "../tensor/_backends.ts";

for (const backend of await present("tensorflow", "wasm", "webgpu")) {
  Deno.test(`sign on ${backend} has no dead zone: a gradient of 1e-20 has a direction`, async () => {
    await useBackend(backend);
    const x = tf.tensor1d([1e-3, 1e-7, 1e-12, 1e-20, 0, -1e-20, -1e-8, -3]);
    assertEquals([...await x.sign().data()], [1, 1, 1, 1, 0, -1, -1, -1]);
  });

  if (backend === "webgpu") continue; // shaders have no log1p of their own; no loss of the kit takes one
  Deno.test(`log1p on ${backend} keeps what is small beside 1`, async () => {
    await useBackend(backend);
    const [a, b] = await tf.log1p(tf.tensor1d([1e-12, 0.5])).data();
    assertAlmostEquals(a! * 1e12, 1, 1e-5);
    assertAlmostEquals(b!, Math.log(1.5), 1e-6);
  });
}
