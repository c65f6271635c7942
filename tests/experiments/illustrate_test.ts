import { assert, assertEquals, assertRejects } from "@std/assert";
import { classifierSpec, gclnSpec, type MeasuredRow } from "@gcln/kit/defenses";
import { illustrate, table1 } from "@gcln/kit/experiments";
import { tf, useBackend } from "@gcln/kit/tensor";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();
const row = "Our method (Qs = 10)", column = "BPDA PGD";
const ours = table1.rows[row] as Extract<MeasuredRow, { defense: "gcln" }>;

Deno.test("illustrate() gives images before, after and cleaned, and what the classifier says of each", () =>
  withFolder(async (folder) => {
    await leaveUntrained(
      folder,
      classifierSpec(tiny, "street-digits", 1),
      gclnSpec(tiny, "street-digits", ours, 1),
    );
    const count = tf.memory().numTensors;
    const { images, truth, predictions } = await illustrate(table1, {
      row,
      column,
      count: 3,
      profile: tiny,
      folder,
    });
    const { original, attacked, cleaned } = images;
    for (const some of Object.values(images)) assertEquals(some.shape, [3, 32, 32, 3]);
    const moved = (await tf.tidy(() => attacked.sub(original).abs().max()).data())[0]!;
    assert(moved > 0 && moved < 8.01 / 255);
    assert((await tf.tidy(() => cleaned.sub(attacked).abs().max()).data())[0]! > 0);
    for (const names of [truth, ...Object.values(predictions)]) {
      assertEquals(names.length, 3);
      assert(names.every((name) => /^[0-9]$/.test(name)));
    }
    tf.dispose(Object.values(images));
    assertEquals(tf.memory().numTensors, count + 2); // the two maxima of this test
  }));

Deno.test("illustrate() says what can't be shown", async () => {
  const of = (row: string, column: string) => illustrate(table1, { row, column, profile: tiny });
  await assertRejects(() => of("No Defense", column), RangeError, "a defense with a cleaner is wanted");
  const pending = { ...table1, rows: { "Later": { defense: "not measured yet" } } } as const;
  await assertRejects(
    () => illustrate(pending, { row: "Later", column, profile: tiny }),
    RangeError,
    "a defense with a cleaner is wanted",
  );
  await assertRejects(() => of(row, "Clean"), RangeError, "the column of an attack is wanted");
  await assertRejects(() => of("Our method (Qs = 11)", column), RangeError, `did you mean "${row}"`);
});
