import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { dataset, defineDataset, factsOf, streetDigits } from "@gcln/kit/data";
import {
  adversarialSpec,
  classifierSpec,
  deploy,
  featuresSpec,
  gclnSpec,
  parametricNoiseSpec,
  substituteSpec,
} from "@gcln/kit/defenses";
import { circumstancesOf, profiles, table1 } from "@gcln/kit/experiments";
import { network } from "@gcln/kit/networks";
import { useBackend } from "@gcln/kit/tensor";
import { idOf } from "@gcln/kit/training";

await useBackend();
const { quick, course, paper } = profiles;
const datasets = ["street-digits", "fashion-mnist", "cifar10", "svhn"] as const;
const ours = { defense: "gcln", q: 10 / 255, features: "classifier" } as const;

Deno.test("profiles are named after themselves and grow", () => {
  for (const [name, profile] of Object.entries(profiles)) assertEquals(profile.name, name);
  for (
    const size of [
      (profile: typeof quick) => profile.examples,
      (profile: typeof quick) => profile.images,
      (profile: typeof quick) => profile.network.width / profile.network.stem,
      (profile: typeof quick) => profile.gcln.pool,
      (profile: typeof quick) => profile.gcln.images,
      (profile: typeof quick) => profile.gcln.adaptive,
      (profile: typeof quick) => profile.adversary.steps,
      (profile: typeof quick) => profile.attacks!.carliniWagner!.steps as number,
    ]
  ) {
    assert(size(quick) <= size(course) && size(course) <= size(paper), `${size}`);
  }
});

Deno.test("profile quick needs no download; the others take the paper's data", async () => {
  assertEquals(circumstancesOf(table1).dataset, "street-digits");
  assertEquals(circumstancesOf(table1, { profile: "course" }).dataset, "cifar10");
  assertEquals(
    circumstancesOf(table1, { profile: "course", dataset: "fashion-mnist" }).dataset,
    "fashion-mnist",
  );
  const [train, test] = [await streetDigits("train"), await streetDigits("test")];
  assert(quick.gcln.pool <= train.size && quick.examples <= test.size);
});

Deno.test("profile quick's networks come with the kit, whole", async () => {
  const folder = await Deno.makeTempDir(), setting = circumstancesOf(table1, { folder });
  for (const row of Object.values(table1.rows)) {
    if (row.defense === "not measured yet") continue;
    const { networks, dispose } = await deploy(row, setting, {
      training: { ...setting.training, signal: AbortSignal.abort() }, // rather fail than train
    });
    assert(networks.every((name) => name.endsWith("(shipped)")), networks.join());
    dispose();
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("profile paper has the paper's sizes", () => {
  assertEquals([paper.examples, paper.network.width, paper.network.stem], [10_000, 64, 1]);
});

Deno.test("circumstancesOf() keeps networks in one place of the cache, and passes on what training is told", () => {
  const { signal } = new AbortController();
  const { training, seed } = circumstancesOf(table1, {
    folder: "/cache",
    seed: 3,
    signal,
    shipped: "ignore",
  });
  assertEquals(training, { folder: "/cache/trained", signal, shipped: "ignore" });
  assertEquals(seed, 3);
  assertThrows(() => circumstancesOf(table1, { profile: "cource" as "course" }), RangeError, '"course"');
});

Deno.test("classifierSpec() and featuresSpec() make networks for the channels of each data set", () => {
  for (const data of datasets) {
    for (const spec of [classifierSpec(quick, data, 1), featuresSpec(quick, data, 1)]) {
      assertEquals(spec.data, data);
      assertEquals(spec.network.channels, data === "fashion-mnist" ? 1 : 3);
      assertEquals(spec.network.normalise!.mean.length, spec.network.channels);
      assertEquals(spec.network.normalise!.deviation.length, spec.network.channels);
      assertEquals(spec.training.augment.flip, data === "fashion-mnist" || data === "cifar10"); // digits are no mirrors
    }
  }
});

Deno.test("gclnSpec() brings q to the scale of the images, and compares layers that there are", () => {
  for (const features of ["classifier", "vgg"] as const) {
    const spec = gclnSpec(course, "cifar10", { ...ours, features }, 1);
    assertEquals(spec.transform.q, 10 / 255);
    assertEquals(spec.classifier, classifierSpec(course, "cifar10", 1));
    assertEquals(
      spec.features.of.network.architecture,
      features === "vgg" ? "vgg-small" : spec.classifier.network.architecture,
    );
    const known = [...network(spec.features.of.network).layers, "logits", "pixels"];
    assertEquals(spec.features.layers.filter((layer) => !known.includes(layer)), []);
    assert(spec.training.batch <= spec.attacks.pool);
  }
});

Deno.test("What stood in a cache before there were adversaries is found under the same names", async () => {
  assertEquals(
    await Promise.all([
      idOf(classifierSpec(quick, "street-digits", 1)),
      idOf(gclnSpec(quick, "street-digits", { ...ours, q: 5 / 255 }, 1)),
    ]),
    ["street-digits-resnet18-648b34fdeae0", "street-digits-gcln-q5-8faaa2468a40"],
  );
});

Deno.test("adversarialSpec() and parametricNoiseSpec() train the target's network within ε = 8/255", () => {
  for (const profile of Object.values(profiles)) {
    const target = classifierSpec(profile, "svhn", 1), madry = adversarialSpec(profile, "svhn", 1);
    const { adversary, ...training } = madry.training, { attack } = adversary!;
    assertEquals({ ...madry, training: { ...training, images: profile.images } }, target);
    assertEquals(training.images, profile.adversary.images);
    assertEquals(attack.ball, linf(8 / 255));
    assert(attack.attack === "pgd" && attack.start === "random");
    assert(attack.steps * attack.stepSize >= 1.5 * 8 / 255, "reaches the far side of the ball");
    assertEquals(adversary!.clean ?? 0, 0);
    const noise = parametricNoiseSpec(profile, "svhn", 1);
    assertEquals([noise.network, noise.training.images], [target.network, training.images]);
    assertEquals(noise.training.adversary, { ...adversary!, clean: 0.5 });
    assertEquals([noise.training.alpha, noise.training.weightDecay.alphas], [profile.alpha, 0]);
  }
  const { attack } = adversarialSpec(paper, "cifar10", 1).training.adversary!;
  assertEquals(attack, { attack: "pgd", ball: linf(8 / 255), stepSize: 2 / 255, steps: 7, start: "random" });
  assertEquals(paper.alpha, 0.25);
});

Deno.test("substituteSpec() is a ResNet-34 trained like the target, from a seed of its own", () => {
  const target = classifierSpec(course, "svhn", 1), substitute = substituteSpec(course, "svhn", 1);
  assertEquals({ ...substitute, seed: 1, network: target.network }, target);
  assertEquals(substitute.network, { ...target.network, architecture: "resnet34" } as typeof target.network);
  assertNotEquals(substitute.seed, target.seed);
});

Deno.test("a substitute sees as many images as its profile says", () => {
  const target = classifierSpec(course, "cifar10", 1), { training } = substituteSpec(course, "cifar10", 1);
  assertEquals(training, { ...target.training, images: 400_000 });
});

Deno.test("gclnSpec() of an adaptive row is attacked behind the cleaner as it is, and otherwise the same", () => {
  const row = gclnSpec(quick, "street-digits", ours, 1);
  const adaptive = gclnSpec(quick, "street-digits", { ...ours, adaptive: true }, 1);
  assertEquals([row.attacks.surrogate, adaptive.attacks.surrogate], ["classifier", "defended"]);
  assertEquals({ ...adaptive, attacks: row.attacks, training: row.training }, row);
  for (const { ball } of adaptive.attacks.by) assertEquals(ball, linf(8 / 255));
});

Deno.test("specs of other rows, profiles, data or seeds are other networks", async () => {
  const specs = [
    gclnSpec(quick, "svhn", ours, 1),
    gclnSpec(quick, "svhn", { ...ours, q: 5 / 255 }, 1),
    gclnSpec(quick, "svhn", { ...ours, features: "vgg" }, 1),
    gclnSpec(quick, "svhn", ours, 2),
    gclnSpec(quick, "cifar10", ours, 1),
    gclnSpec(course, "svhn", ours, 1),
    gclnSpec(quick, "svhn", { ...ours, adaptive: true }, 1),
    classifierSpec(quick, "svhn", 1),
    adversarialSpec(quick, "svhn", 1),
    parametricNoiseSpec(quick, "svhn", 1),
    substituteSpec(quick, "svhn", 1),
  ];
  const ids = await Promise.all(specs.map(idOf));
  assertEquals(new Set(ids).size, specs.length);
  assertNotEquals(await idOf(classifierSpec(quick, "svhn", 1)), await idOf(featuresSpec(quick, "svhn", 1)));
});

Deno.test("specs fit the classes, channels and size of a data set of one's own", () => {
  const part = (split: "train" | "test", size: number) =>
    dataset({
      name: "few-squares",
      split,
      classes: ["dark", "grey", "bright"],
      shape: [16, 24, 1],
      pixels: Uint8Array.from({ length: size * 16 * 24 }, (_, i) => i % 256),
      labels: Array.from({ length: size }, (_, i) => i % 3),
    });
  const parts = { train: part("train", 90), test: part("test", 30) },
    facts = factsOf(parts, { mirrors: true });
  const { name } = defineDataset({ name: "few-squares", facts, load: (split) => parts[split] });
  const { network, training } = classifierSpec(quick, name, 1), gcln = gclnSpec(quick, name, ours, 1);
  assertEquals([network.classes, network.channels], [3, 1]);
  assertEquals([training.examples, training.batch, training.augment], [90, 90, { flip: true, shift: 2 }]);
  assertEquals([gcln.attacks.pool, gcln.training.batch, gcln.generator.channels], [90, 64, 1]);
  assertEquals(classifierSpec(quick, "street-digits", 1).training.batch, 128);
  assertEquals(gclnSpec(quick, "street-digits", ours, 1).attacks.pool, 8_000);
});
