import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { attackSettings, defineAttack, linf } from "../../lib/attacks/mod.ts";
import { cifar10, dataset, defineDataset, factsOf, type Split } from "../../lib/data/mod.ts";
import { classifierSpec } from "../../lib/defenses/mod.ts";
import { profiles } from "../../lib/experiments/mod.ts";
import { defineArchitecture } from "../../lib/networks/mod.ts";
import { defineNetworkKind, idOf, trained, type TrainedSpec } from "../../lib/training/mod.ts";

const classes = ["dark", "bright"], shape = [2, 2, 1] as const;

/** Two images a part, the first pixel of the first one as given. */
function part(split: Split, first: number) {
  const pixels = Uint8Array.of(first, 2, 3, 4, 200, 201, 202, 203);
  return dataset({ name: "test-dots", split, classes, shape, pixels, labels: [0, 1] });
}

function define(first: number) {
  const parts = { train: part("train", first), test: part("test", 1) };
  const facts = { ...factsOf(parts), normalise: { mean: [0.5], deviation: [0.5] } };
  return defineDataset({ name: "test-dots", facts, load: (split) => parts[split] });
}

const spec = {
  kind: "classifier",
  network: { architecture: "vgg-small", width: 2, classes: 2, channels: 1 },
  data: "test-dots",
  training: { examples: 2, images: 2, batch: 2, rate: 0.1, augment: {} },
  seed: 1,
} as const;

Deno.test("idOf() of a network on a user's own data set changes with its training images", async () => {
  define(1);
  const id = await idOf(spec);
  define(1);
  assertEquals(await idOf(spec), id);
  define(9);
  assertNotEquals(await idOf(spec), id);
  assertMatch(await idOf(spec), /^test-dots-vgg-small-[0-9a-f]{12}$/);
});

Deno.test("idOf() sees that load gives other training images, though nothing was defined anew", async () => {
  let first = 1;
  const facts = factsOf({ train: part("train", 1), test: part("test", 1) });
  defineDataset({ name: "test-dots", facts, load: (split) => part(split, first) });
  const id = await idOf(spec);
  first = 7;
  assertNotEquals(await idOf(spec), id);
});

Deno.test("the content of the kit's data sets is in their names: none is loaded for an id", async () => {
  assertEquals(await cifar10.content(), undefined);
  assertMatch(await idOf(classifierSpec(profiles.course, "cifar10", 1)), /^cifar10-resnet18-[0-9a-f]{12}$/);
});

Deno.test("idOf() works for a data set of one's own without training images", async () => {
  const test = part("test", 1), train = test.take(0);
  const facts = { ...factsOf({ train: part("train", 1), test }), examples: { train: 0, test: 2 } };
  defineDataset({ name: "test-dots", facts, load: (split) => split === "test" ? test : train });
  assertMatch(await idOf(spec), /^test-dots-/);
});

Deno.test("idOf() changes with the code and the version of a user's own architecture", async () => {
  const make = (version: number, other = false) =>
    defineArchitecture({
      name: "test-net",
      source: "a test",
      settings: {},
      make: other ? () => ({}) as never : () => null as never,
      version,
    });
  const own = { ...spec, network: { architecture: "test-net", channels: 1 } };
  make(1);
  const ids = [await idOf(own)];
  make(2);
  ids.push(await idOf(own));
  make(1, true);
  ids.push(await idOf(own));
  make(1);
  assertEquals(await idOf(own), ids[0]);
  assertEquals(new Set(ids).size, 3);
});

Deno.test("idOf() changes with the code of a user's own attack that training uses", async () => {
  const facts = {
    name: "test-attack",
    title: "Test",
    source: "a test",
    asks: "nothing",
    needsVictim: false,
    norms: ["linf"],
    settings: attackSettings,
  } as const;
  const first = defineAttack((_: unknown, { images }) => images.add(0.1), facts);
  const own = { ...spec, adversary: { attack: first.spec({ ball: linf(0.1) }) } };
  const id = await idOf(own);
  defineAttack((_: unknown, { images }) => images.add(0.2), facts);
  assertNotEquals(await idOf(own), id);
});

Deno.test("idOf() says what is missing in a spec", async () => {
  const { training: _, ...incomplete } = spec;
  await assertRejects(
    () => idOf(incomplete),
    TypeError,
    "needs network, data, training; training is missing",
  );
});

Deno.test("defineNetworkKind() takes the text of a user's functions for the ids", async () => {
  const define = (train: () => Promise<never>) =>
    defineNetworkKind({
      name: "test kind",
      word: () => "x",
      dataset: () => "street-digits",
      trees: ["parameters"],
      train,
      build: () => ({}),
    });
  const own: TrainedSpec = { kind: "test kind", seed: 1 };
  define(() => Promise.reject(new RangeError("one")));
  const id = await idOf(own);
  define(() => Promise.reject(new RangeError("two")));
  assertNotEquals(await idOf(own), id);
  await assertRejects(() => trained(own), RangeError, "two");
});
