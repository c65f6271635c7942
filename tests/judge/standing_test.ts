import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { NO_FAULTS, standing } from "@gcln/kit/judge";
import { counted, passes, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

const taking = (...taken: number[]) => (rows: readonly number[]) =>
  Promise.resolve({ stands: rows.map((row) => !taken.includes(row)), faults: NO_FAULTS });

Deno.test("standing() keeps the first attack that took an image, whoever is shown it later", async () => {
  const images = standing(4);
  const first = await images.show("first", images.everyone, taking(1));
  const second = await images.show("second", images.everyone, taking(1, 2));
  assertEquals([first.fallen, second.fallen], [[1], [1, 2]]);
  assertEquals(images.takenBy(), [null, "first", "second", null]);
  assertEquals(images.rows(), [0, 3]);
});

Deno.test("standing() does not count an image that no attack was shown as standing", async () => {
  const images = standing(3);
  await images.show("some", [0, 1], taking(1));
  assertThrows(() => images.takenBy(), Error, "image 2");
});

Deno.test("standing() wants a verdict for each image", async () => {
  const short = () => Promise.resolve({ stands: [true], faults: NO_FAULTS });
  await assertRejects(
    () => standing(3).show("short", [0, 1, 2], short),
    Error,
    "on 3 images: a verdict for each is wanted, not 1",
  );
});

Deno.test("standing() takes down what an attack cost, and shows nobody to an attack that has no rows", async () => {
  const images = standing(2), classifier = counted((x) => x.mean([1, 2])), before = passes();
  const { passes: spent, seconds } = await images.show("asks", [0], async (rows) => {
    tf.tidy(() => classifier(tf.zeros([5, 2, 2, 2])));
    return await taking()(rows);
  });
  assertEquals([spent, passes().forward - before.forward, seconds >= 0], [
    { forward: 5, backward: 0 },
    5,
    true,
  ]);
  const none = await images.show("none", [], () => Promise.reject(new Error("asked")));
  assertEquals([none.shown, none.fallen], [[], []]);
});
