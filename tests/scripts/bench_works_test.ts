import { assert, assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import { foldBatchNorms, readMetadata, readSafetensors } from "@gcln/kit/networks";
import { type Images, type Parameters, tf, useBackend } from "@gcln/kit/tensor";
import { quantizedTransform } from "@gcln/kit/transform";
import { apart } from "../../scripts/bench/agreement.ts";
import { compared, ratioTable } from "../../scripts/bench/ratios.ts";
import { exchange, release, settings, subject } from "../../scripts/bench/subject.ts";
import { type WorkName, works } from "../../scripts/bench/works.ts";

await useBackend();

const tiny = await subject(2, 8);

Deno.test("subject() gives the same numbers each time, and nothing that a zero would hide", async () => {
  const again = await subject(2, 8);
  assertEquals(
    await apart({ ...again.weights, ...again.repairs }, { ...tiny.weights, ...tiny.repairs }, "all"),
    0,
  );
  assertEquals(again.data.checksum, tiny.data.checksum);
  for (const [name, tensor] of Object.entries({ ...again.weights, ...again.repairs })) {
    const [largest] = await tensor.abs().max().data();
    assert(largest! > 0, name);
  }
  release(again);
});

Deno.test("exchange() holds all that the other side needs, in PyTorch's layout", async () => {
  const bytes = await exchange(tiny), found = readSafetensors(bytes);
  const part = (prefix: string): Parameters =>
    Object.fromEntries(
      Object.entries(found).filter(([name]) => name.startsWith(`${prefix}.`))
        .map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]),
    );
  assertEquals(await apart(part("classifier"), tiny.weights, "all"), 0);
  assertEquals(await apart(part("generator"), tiny.repairs, "all"), 0);
  // Read back as a kernel is, [n, c, h, w] comes as [h, w, c, n].
  assertEquals(
    [...await found.images!.transpose([3, 0, 1, 2]).data()],
    [...await tiny.batch.images.data()],
  );
  assertEquals([...await found.pixels!.transpose([3, 0, 1, 2]).data()], [...tiny.data.pixels]);
  const about = readMetadata(bytes);
  assertEquals(JSON.parse(about.settings!), settings);
  assertEquals(JSON.parse(about.generator!), tiny.generator.spec);
});

for (const name of Object.keys(works) as WorkName[]) {
  Deno.test(`"${name}" can be timed, has finite results, and frees everything`, async () => {
    const { result, prepare } = works[name], before = tf.memory().numTensors;
    const given = await result(tiny, 4);
    for (const [name, tensor] of Object.entries(given)) {
      assert((await tensor.data()).every((value) => Number.isFinite(value)), name);
    }
    tf.dispose(Object.values(given));
    const ready = prepare(tiny, 4, "bfloat16");
    assert(await ready.run(2) > 0);
    ready.dispose();
    assertEquals(tf.memory().numTensors, before);
  });
}

Deno.test("The results of the works are those of the networks", async () => {
  const { images } = tiny.batch, some = images.slice(0, 4) as Images;
  const weights = foldBatchNorms(tiny.classifier, tiny.weights);
  const { logits } = await works.forward.result(tiny, 4);
  assertLess(
    await apart({ logits: logits! }, { logits: tiny.classifier.apply(weights, some).flatten() }, "all"),
    1e-4,
  );
  const cleaned = await works.cleaning.result(tiny, 4);
  const plain = tiny.generator.apply(tiny.repairs, quantizedTransform(some, { q: settings.q })).clipByValue(
    0,
    1,
  );
  const expected = Object.fromEntries(tf.unstack(plain).map((x, i) => [`image ${i}`, x.flatten()]));
  assertLess(await apart(cleaned, expected, "all"), 1e-5);
});

Deno.test("apart() is the largest difference, or the middle one, and refuses what only one side has", async () => {
  const of = (...values: number[]): Parameters =>
    Object.fromEntries(values.map((value, i) => [`${i}`, tf.tensor1d([0, value])]));
  assertAlmostEquals(await apart(of(1, 2, 3), of(1, 2.25, 4), "all"), 1);
  assertAlmostEquals(await apart(of(1, 2, 3), of(1, 2.25, 4), "most"), 0.25);
  assert(Number.isNaN(await apart(of(1, NaN), of(1, 2), "all")));
  await assertRejects(() => apart(of(1), of(1, 2), "all"), Error, "1");
  await assertRejects(() => apart({ a: tf.zeros([2]) }, { a: tf.zeros([1, 2]) }, "all"), Error, "a");
});

const measured = { work: "forward", width: 16, batch: 64, ours: 200 } as const;
const peers = {
  "eager float32": 100,
  "compiled float32": 160,
  "eager bfloat16": 400,
  "compiled bfloat16": 250,
};

Deno.test("compared() sets a case beside PyTorch as it is, and beside the fastest of its own precision", () => {
  const [exact, fast] = (["float32", "bfloat16"] as const).map((precision) =>
    compared({ ...measured, precision, peers })
  );
  assertEquals([exact!.peer, exact!.ratio, fast!.ratio], [100, 2, 2]);
  assertEquals(exact!.best, { name: "compiled float32", peer: 160, ratio: 1.25 });
  assertEquals(fast!.best, { name: "eager bfloat16", peer: 400, ratio: 0.5 });
  const alone = compared({ ...measured, precision: "float32", peers: {} });
  assertEquals([alone.peer, alone.ratio, alone.best], [null, null, null]);
});

Deno.test("ratioTable() has a row for each case, with dashes where there is nobody to compare with", () => {
  const rows = ratioTable([
    compared({ ...measured, precision: "float32", peers }),
    compared({ ...measured, precision: "float32", peers: {} }),
  ]).split("\n");
  assertEquals(rows.slice(2), [
    "| forward | 16 | 64 | float32 | 200 | 100 | 2.00 | 160 (compiled) | 1.25 |",
    "| forward | 16 | 64 | float32 | 200 | – | – | – | – |",
  ]);
});
