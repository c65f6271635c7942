import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  cifar10,
  dataset,
  type DatasetDefinition,
  type DatasetFacts,
  datasetNamed,
  datasets,
  defineDataset,
  factsOf,
  fashionMnist,
  knownDataset,
  knownDatasets,
  type Split,
  streetDigits,
  svhn,
} from "@gcln/kit/data";
import { count } from "@gcln/kit/kinds";
import * as listed from "../../lib/data/kinds.ts";

/** One part of a data set of bright and dark images, which its own option makes smaller. */
function part(split: Split, { size = 6, name = "shades" } = {}) {
  return dataset({
    name,
    split,
    classes: ["dark", "bright"],
    shape: [1, 2, 1],
    pixels: Uint8Array.from({ length: 2 * size }, (_, i) => i),
    labels: Array.from({ length: size }, (_, i) => i % 2),
  });
}

const facts = factsOf({ train: part("train"), test: part("test") });
const settings = { size: count({ least: 1 }) };
const shades = defineDataset({
  name: "shades",
  facts,
  settings,
  load: (split: Split, options: { size?: number }) => part(split, options),
});

Deno.test("datasets has every data set of the list under its own name, and those of the paper among them", async () => {
  assertEquals(new Set(Object.values(datasets)), new Set(Object.values(listed)) as never);
  for (const [name, kind] of Object.entries(datasets)) {
    assertEquals([kind.name, knownDataset(name), await datasetNamed(name)], [name, kind, kind] as never);
  }
  for (const kind of [streetDigits, fashionMnist, cifar10, svhn]) {
    assertEquals(datasets[kind.name], kind as never);
  }
});

Deno.test("the facts of the kit's data sets are what its networks were trained by", () => {
  const numbers = [streetDigits, fashionMnist, cifar10, svhn].map(({ name, facts }) => [
    name,
    facts.examples,
    facts.classes.length,
    facts.shape,
    facts.mirrors,
    facts.normalise,
  ]);
  assertEquals(numbers, [
    ["street-digits", { train: 8_000, test: 2_000 }, 10, [32, 32, 3], false, {
      mean: [0.5, 0.5, 0.5],
      deviation: [0.25, 0.25, 0.25],
    }],
    ["fashion-mnist", { train: 60_000, test: 10_000 }, 10, [32, 32, 1], true, {
      mean: [0.22],
      deviation: [0.33],
    }],
    ["cifar10", { train: 50_000, test: 10_000 }, 10, [32, 32, 3], true, {
      mean: [0.4914, 0.4822, 0.4465],
      deviation: [0.247, 0.2435, 0.2616],
    }],
    ["svhn", { train: 73_257, test: 26_032 }, 10, [32, 32, 3], false, {
      mean: [0.4377, 0.4438, 0.4728],
      deviation: [0.198, 0.201, 0.197],
    }],
  ]);
});

Deno.test("streetDigits() gives as many images of the shape and classes as its facts say", async () => {
  for (const split of ["train", "test"] as const) {
    const digits = await streetDigits(split), { facts } = streetDigits;
    assertEquals([digits.size, digits.shape, digits.classes], [
      facts.examples[split],
      facts.shape,
      facts.classes,
    ]);
  }
});

Deno.test("defineDataset() makes a data set of one's own known by its name, with its facts", async () => {
  assertEquals([shades.name, shades.title, shades.source], ["shades", "shades", "own data"]);
  assertEquals([(await shades("test")).size, (await shades("train", { size: 2 })).size], [6, 2]);
  assertEquals([knownDataset("shades"), await datasetNamed(shades as never)], [shades, shades] as never);
  assert(knownDatasets().includes("shades"));
});

Deno.test("defineDataset() counts the last one of a name, and leaves the kit its own", () => {
  const again = defineDataset({ name: "again", facts, load: (split) => part(split) });
  assertEquals(knownDataset("again"), again);
  assertEquals(
    knownDataset("again") === defineDataset({ name: "again", facts, load: (split) => part(split) }),
    false,
  );
  assertThrows(
    () => defineDataset({ name: "cifar10", facts, load: (split) => part(split) }),
    RangeError,
    "the kit has one of that name",
  );
});

Deno.test("a data set checks the part and the options that it is asked for", async () => {
  const ask = (kind: unknown, split: string, options?: object) => () =>
    (kind as (split: string, options?: object) => Promise<unknown>)(split, options);
  await assertRejects(ask(shades, "tset"), RangeError, 'did you mean "test"?');
  await assertRejects(ask(shades, "test", { siez: 1 }), RangeError, 'did you mean "size"?');
  await assertRejects(ask(shades, "test", { size: 0 }), RangeError, "Cannot use size 0");
  await assertRejects(ask(shades, "test", { folder: 1 }), RangeError, "Cannot use folder 1");
  assertEquals(((await ask(shades, "test", { folder: "a", download: false })()) as { size: number }).size, 6);
  await assertRejects(ask(cifar10, "test", { foldr: "a" }), RangeError, 'did you mean "folder"?');
  await assertRejects(ask(svhn, "test", { checksums: "uncheckd" }), RangeError, 'did you mean "unchecked"?');
  await assertRejects(ask(fashionMnist, "test", { download: "no" }), RangeError, "true or false is wanted");
  await assertRejects(ask(streetDigits, "test", { size: 1.5 }), RangeError, "Cannot use size 1.5");
});

Deno.test("a data set refuses to be another one than was defined", async () => {
  const load = (loaded: unknown) =>
    defineDataset({ name: "other", facts, load: () => loaded as never })("test");
  await assertRejects(
    () => load(part("test")),
    RangeError,
    'its name is "shades", its definition says "other"',
  );
  await assertRejects(() => load(part("train", { name: "other" })), RangeError, 'its split is "train"');
  const wide = dataset({ ...content, name: "other", shape: [2, 1, 1] });
  await assertRejects(() => load(wide), RangeError, "its shape is [2,1,1], its definition says [1,2,1]");
  const three = dataset({ ...content, name: "other", classes: ["a", "b", "c"] });
  await assertRejects(() => load(three), RangeError, "its count of classes is 3, its definition says 2");
  await assertRejects(() => load({}), TypeError, "dataset({ … }) makes one");
});

const content = {
  split: "test",
  classes: ["a", "b"],
  shape: [1, 2, 1],
  pixels: new Uint8Array(2),
  labels: [0],
} as const;

Deno.test("defineDataset() refuses names that are not safe in a file's, and facts that contradict each other", () => {
  const define = (changes: object) => () =>
    defineDataset({ name: "x", facts, load: part, ...changes } as DatasetDefinition);
  const wrong = (changes: object) => define({ facts: { ...facts, ...changes } as DatasetFacts });
  for (const name of ["", "a/b", "../a", "a b", ".", "folder:a", "ä", "-", "a".repeat(101), 7]) {
    assertThrows(define({ name }), RangeError, "a name of letters, digits, dots, hyphens and underscores");
  }
  assertThrows(define({ laod: part }), RangeError, 'did you mean "load"?');
  assertThrows(define({ load: undefined }), RangeError, "without load");
  assertThrows(wrong({ classes: ["one"] }), RangeError, "at least two names are wanted");
  assertThrows(wrong({ shape: [1, 2] }), RangeError, "[height, width, channels] is wanted");
  assertThrows(wrong({ shape: [0, 2, 1] }), RangeError, "its shape is [0,2,1]");
  assertThrows(wrong({ examples: { train: 1 } }), RangeError, "a count for train and one for test");
  assertThrows(wrong({ mirrors: "yes" }), RangeError, "true or false is wanted");
  for (const normalise of [undefined, { mean: [0, 0], deviation: [1, 1] }, { mean: [0], deviation: [0] }]) {
    assertThrows(wrong({ normalise }), RangeError, "a deviation above 0 for each of 1 channels");
  }
});

Deno.test("knownDataset() and datasetNamed() name the nearest data set, or what is wrong with a path", async () => {
  assertThrows(() => knownDataset("cifar100"), RangeError, 'did you mean "cifar10"?');
  await assertRejects(() => datasetNamed("fashion_mnist"), RangeError, 'did you mean "fashion-mnist"?');
  await assertRejects(() => datasetNamed("toString"), RangeError, 'No data set is called "toString"');
  await assertRejects(() => datasetNamed("folder:"), RangeError, "a path is wanted behind the colon");
  await assertRejects(() => datasetNamed("npz:/nowhere/a.npz"), Error, "/nowhere/a.npz: it is not there");
  await assertRejects(() => datasetNamed("zip:a"), RangeError, "No data set is called");
  await assertRejects(
    () => datasetNamed("./pets"),
    RangeError,
    "a folder of images is written folder:./pets",
  );
  await assertRejects(
    () => datasetNamed("folder:~/no/pets"),
    Error,
    `${Deno.env.get("HOME")}/no/pets: it is not`,
  );
});

Deno.test("factsOf() gives mean and deviation of each channel of the training pixels", () => {
  const many = (split: Split, pixels: number[]) =>
    dataset({
      ...content,
      name: "x",
      split,
      shape: [1, 1, 2],
      pixels: Uint8Array.from(pixels),
      labels: [0, 1],
    });
  const train = many("train", [0, 255, 51, 255]), test = many("test", [9, 9, 9, 9]);
  const wanted = { mean: [0.1, 1], deviation: [0.1, 1] }; // a channel that never changes is left as it is
  assertEquals(factsOf({ train, test }).normalise, wanted);
  assertEquals(factsOf({ train: train.take(0), test: train }).normalise, wanted);
  assertEquals(factsOf({ train, test }, { mirrors: true }).mirrors, true);
  assertThrows(
    () => factsOf({ train, test }, { mirror: true } as never),
    RangeError,
    'did you mean "mirrors"?',
  );
  assertThrows(
    () => factsOf({ train, test: part("test") }),
    RangeError,
    "Cannot tell the facts of x: its two parts differ in shape or classes, 1 × 1 × 2 and 1 × 2 × 1, 2 and 2",
  );
});
