import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { attackBy } from "@gcln/kit/attacks";
import { datasets } from "@gcln/kit/data";
import { cellCache, relativeDistances } from "@gcln/kit/evaluation";
import { classifierSpec, gclnSpec, type MeasuredRow } from "@gcln/kit/defenses";
import { figure2, table1, visualise } from "@gcln/kit/experiments";
import { features, gradCam } from "@gcln/kit/networks";
import { fold, type Images, tf, useBackend } from "@gcln/kit/tensor";
import { trained } from "@gcln/kit/training";
import { facts } from "./_killed.ts";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();
const row = "Our method (Qs = 10)";
const ours = figure2.rows[row] as Extract<MeasuredRow, { defense: "gcln" }>;
const specs = [classifierSpec(tiny, "street-digits", 1), gclnSpec(tiny, "street-digits", ours, 1)] as const;

Deno.test("visualise() shows what the classifier sees, and its numbers are those of the images shown", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const classifier = await trained(specs[0], { folder: `${folder}/trained` });
    const { shown, truth, result, dispose } = await visualise(figure2, {
      profile: tiny,
      folder,
      examples: 3,
      count: 5,
    });
    const names = ["Oblivious PGD", "Oblivious PGD, cleaned", "BPDA PGD", "BPDA PGD, cleaned"];
    assertEquals(Object.keys(shown), ["original", ...names]);
    assertEquals(Object.keys(result.attacks), ["Oblivious PGD", "BPDA PGD"]);
    assertEquals([truth.length, result.n, result.layers], [3, 3, { maps: "layer1", heat: "layer2" }]);
    const { original } = shown;
    assertEquals(original!.maps.shape, [3, 16, 16, 2]);
    assertEquals(original!.heat.shape, [3, 32, 32]);
    for (const name of names) {
      const { attacked, cleaned } = result.attacks[name.replace(", cleaned", "")]!;
      const likeness = name.endsWith("cleaned") ? cleaned : attacked,
        { images, maps, heat, ...seen } = shown[name]!;
      const same = await tf.tidy(() => {
        const [found] = features(classifier.network, classifier.parameters, ["layer1"])(images);
        return tf.stack([
          found!.sub(maps).abs().max(),
          gradCam(classifier, images, { layer: "layer2" }).sub(heat).abs().max(),
        ]);
      }).data();
      assert(same[0]! < 1e-4 && same[1]! < 1e-3, `${same}`);
      const distances = [...await relativeDistances(maps, original!.maps).data()];
      const mean = distances.reduce((sum, value) => sum + value) / 3;
      assertAlmostEquals(likeness.distances["layer1"]!.mean, mean, 1e-4);
      assertAlmostEquals(seen.distances![2]!, distances[2]!, 1e-4);
      const right = seen.predictions.filter((name, i) => name === truth[i]).length;
      assertAlmostEquals(likeness.accuracy!, right / 3, 1e-9);
    }
    assertEquals(Object.keys(result.untouched.distances), classifier.network.layers);
    assertEquals(Object.keys(result.untouched.overlaps), ["conv1", "layer1", "layer2", "layer3", "layer4"]);
    assert(result.unrelated.distances["layer1"]!.mean > result.untouched.distances["layer1"]!.mean);
    assertEquals(result.unrelated.accuracy, undefined);
    dispose();
    assertEquals(JSON.parse(JSON.stringify(result)), result);
  }));

Deno.test("visualise() attacks the images of a table's cells as the table does", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const classifier = await trained(specs[0], { folder: `${folder}/trained` });
    const { shown, dispose } = await visualise(figure2, {
      profile: tiny,
      folder,
      columns: ["Oblivious PGD"],
      examples: 4,
      count: 2,
    });
    const test = (await datasets["street-digits"]("test")).take(4, { seed: fold(1, "test") });
    const column = figure2.columns["Oblivious PGD"]!;
    assert(column.kind === "attack");
    const attacked = await attackBy(column.attack)(classifier, test.all(), {
      seed: fold(fold(1, "measure"), "pgd"),
    });
    const difference = attacked.slice([0], [2]).sub<Images>(shown["Oblivious PGD"]!.images).abs().max();
    assert((await difference.data())[0]! < 1e-6);
    dispose();
  }));

Deno.test("visualise() frees all but what it shows, and that when told; everything when it is stopped", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const options = { profile: tiny, folder, columns: ["BPDA PGD"], examples: 3, count: 2 };
    (await visualise(figure2, options)).dispose(); // what stays with the backend
    const count = tf.memory().numTensors, cells = cellCache({ folder: `${folder}/measured`, fresh: true });
    const { shown, dispose } = await visualise(figure2, options);
    assertEquals(tf.memory().numTensors, count + 3 * Object.keys(shown).length);
    dispose();
    assertEquals(tf.memory().numTensors, count);
    for (const more of [{}, { cells }]) { // finished, and to be measured
      const stopped = { ...options, ...more, signal: AbortSignal.abort() };
      await assertRejects(() => visualise(figure2, stopped), DOMException);
      assertEquals(tf.memory().numTensors, count);
    }
  }));

Deno.test("visualise() keeps what it has found of each attack, and goes on where it was stopped", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const options = { profile: tiny, folder, examples: 3, count: 1 }, labels: string[] = [];
    const stop = new AbortController();
    const progress = (label: string) => (labels.push(label), {
      update: () => label.endsWith("Oblivious PGD") && stop.abort(),
      done() {},
    });
    await assertRejects(
      () => visualise(figure2, { ...options, progress, signal: stop.signal }),
      DOMException,
    );
    assertEquals(labels.at(-2), "looking at 3 images, Oblivious PGD"); // finished; the next one was only begun
    labels.length = 0;
    const seen = await visualise(figure2, { ...options, progress });
    assertEquals(labels, ["looking at 3 images, BPDA PGD"]);
    const again = await visualise(figure2, { ...options, progress });
    const cells = cellCache({ folder: `${folder}/other` });
    const anew = await visualise(figure2, { ...options, cells });
    assertEquals(labels.length, 1);
    for (const { result, shown, dispose } of [again, anew]) {
      assertEquals(facts(result), facts(seen.result));
      assertEquals(shown["BPDA PGD"]!.distances, seen.shown["BPDA PGD"]!.distances);
      dispose();
    }
    seen.dispose();
    const files = [...Deno.readDirSync(`${folder}/measured`)].map(({ name }) => `${folder}/measured/${name}`);
    assertEquals(files.length, 3);
    const { key, provenance } = JSON.parse(await Deno.readTextFile(files[0]!));
    assertEquals([key.networks, key.code], [Object.keys(provenance.networks), "visualise 1"]);
  }));

Deno.test("visualise() says what can't be shown", async () => {
  const of = (options: Parameters<typeof visualise>[1]) =>
    visualise(table1, { profile: tiny, row, columns: ["PGD"], ...options });
  await assertRejects(() => of({ row: "No Defense" }), RangeError, "a defense with a cleaner is wanted");
  await assertRejects(() => of({ columns: ["PDG"] }), RangeError, 'did you mean "PGD"');
  await assertRejects(() => of({ examples: 1 }), RangeError, "Cannot compare 1 images");
  await withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    await assertRejects(
      () => of({ folder, columns: ["Clean"] }),
      RangeError,
      "the column of an attack is wanted",
    );
    await assertRejects(
      () => of({ folder, layers: { maps: "pool" } }),
      RangeError,
      'No layer of maps is called "pool"',
    );
  });
});
