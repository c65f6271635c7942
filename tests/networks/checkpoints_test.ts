import { assert, assertEquals, assertLess, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  classifierOf,
  loadParameters,
  type Network,
  network,
  readSafetensors,
  writeSafetensors,
} from "@gcln/kit/networks";
import { type Images, type Parameters, tf, useBackend } from "@gcln/kit/tensor";

await useBackend();

// Made by PyTorch: fixtures/golden/make_checkpoints.py.
const golden = (name: string) =>
  Deno.readFileSync(new URL(`../../fixtures/golden/checkpoint_${name}.safetensors`, import.meta.url));
const examples = readSafetensors(golden("examples")); // float64
const theirs = network({ architecture: "resnet18", width: 2, classes: 7, channels: 3, stem: 1 });

const resnet = network({ architecture: "resnet18", width: 2, classes: 10, channels: 3, stem: 1 });
const given = resnet.init(1);
const file = async (parameters: Parameters) => await writeSafetensors(parameters, { precision: "float32" });
const named = async (rename: (name: string) => string, extra: Parameters = {}) =>
  await file({
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [rename(name), value])),
    ...extra,
  });
const kuangliu = (name: string) => name.replace("downsample", "shortcut").replace("fc.", "linear.");

function errorOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert(error instanceof RangeError, `${error}`);
    return error.message;
  }
  throw new Error("no error");
}

async function assertIsGiven(parameters: Parameters): Promise<void> {
  assertEquals(Object.keys(parameters), Object.keys(given));
  for (const [name, value] of Object.entries(given)) {
    assertEquals(await parameters[name]!.data(), await value.data(), name);
  }
}

for (
  const [name, options] of [["kuangliu", { rename: { "module._orig_mod.epoch": null } }], [
    "weiaicunzai",
    {},
  ]] as const
) {
  Deno.test(`loadParameters() of a checkpoint with ${name}'s names gives PyTorch's logits`, async () => {
    const images = examples[`${name}.images`]!.reshape([2, 12, 16, 3]) as Images;
    const logits = theirs.apply(loadParameters(theirs, golden(name), options), images);
    const [off] = await logits.flatten().sub(examples[`${name}.logits`]!).abs().max().data();
    assertLess(off!, 1e-5);
  });
}

/** Two images that fixtures/golden/make_checkpoints.py paints alike. */
function waves(height: number, width: number): Images {
  const numbers = Array.from({ length: 2 * height * width * 3 }, (_, i) => 0.5 + 0.5 * Math.sin(0.37 * i));
  return tf.tensor4d(numbers, [2, height, width, 3]);
}

for (const [height, width] of [[28, 28], [48, 64], [96, 96], [33, 47]] as const) {
  Deno.test(`resnet() computes PyTorch's logits of images of ${height} × ${width}`, async () => {
    const parameters = loadParameters(theirs, golden("weiaicunzai"));
    const logits = classifierOf(theirs, parameters)(waves(height, width));
    const expected = examples[`weiaicunzai.${height}x${width}.logits`]!;
    const [off] = await logits.flatten().sub(expected).abs().max().data();
    assertLess(off!, 1e-5);
  });
}

Deno.test("loadParameters() passes over what all names begin with, however much it is", async () => {
  for (
    const prefix of [
      "module.",
      "model.",
      "net.",
      "_orig_mod.",
      "backbone.",
      "module._orig_mod.model.net.",
      "0.",
    ]
  ) {
    await assertIsGiven(loadParameters(resnet, await named((name) => prefix + name)));
    await assertIsGiven(loadParameters(resnet, await named((name) => prefix + kuangliu(name))));
  }
});

Deno.test("loadParameters() knows shortcut, linear and other names of the head, one at a time too", async () => {
  for (const head of ["linear", "classifier", "head", "last_linear"]) {
    await assertIsGiven(loadParameters(resnet, await named((name) => name.replace("fc.", `${head}.`))));
  }
  await assertIsGiven(loadParameters(resnet, await named((name) => name.replace("downsample", "shortcut"))));
});

Deno.test("loadParameters() takes no prefix from some names only, and says how it may be done", async () => {
  const some = await named((name) => name.startsWith("fc") ? name : `backbone.${name}`);
  const message = errorOf(() => loadParameters(resnet, some));
  assertMatch(message, /100 missing, 100 left over/);
  assertMatch(message, /conv1\.weight \[2,3,3,3\] +backbone\.conv1\.weight \[2,3,3,3\]/);
  assertMatch(message, /100 of 102 names begin with "backbone\.", but not fc\.weight, fc\.bias/);
  assert(message.endsWith('rename: { "backbone": "" }'), message);
  await assertIsGiven(loadParameters(resnet, some, { rename: { backbone: "" } }));
});

Deno.test("loadParameters() reads a network behind a normalising layer as its error says", async () => {
  const normaliser = { "0.mean": tf.zeros([3]), "0.std": tf.ones([3]) };
  const sequence = await named((name) => `1.${kuangliu(name)}`, normaliser);
  const message = errorOf(() => loadParameters(resnet, sequence));
  assert(message.endsWith('rename: { "0": null, "1": "" }'), message);
  await assertIsGiven(loadParameters(resnet, sequence, { rename: { "0": null, "1": "" } }));
});

Deno.test("loadParameters() pairs what is missing with what is left over by shape and name", async () => {
  const message = errorOf(() => loadParameters(resnet, heads));
  assertEquals(message.split("\n"), [
    "The file does not fit a resnet18: 2 missing, 3 left over",
    "  missing             left over",
    "  fc.weight [10,16]   module.out.weight [10,16]",
    "  fc.bias [10]        module.out.bias [10]",
    "  -                   module.alpha [10,16]",
    'The names were read without "module.", with which all begin',
    'Where module.out is fc, say so: rename: { "module.out": "fc" }',
  ]);
  await assertIsGiven(
    loadParameters(resnet, heads, { rename: { "module.out": "fc", "module.alpha": null } }),
  );
});
const heads = await named((name) => `module.${name.replace("fc.", "out.")}`, {
  "module.alpha": tf.zeros([16, 10]),
});

Deno.test("loadParameters() says in which dialect a file was read that lacks a tensor", async () => {
  const { "fc.bias": _, ...rest } = given;
  const bytes = await file(
    Object.fromEntries(Object.entries(rest).map(([name, value]) => [`net.${kuangliu(name)}`, value])),
  );
  const message = errorOf(() => loadParameters(resnet, bytes));
  assertMatch(message, /: 1 missing\n {2}missing +left over\n {2}fc\.bias \[10\] +-\n/);
  assertMatch(
    message,
    /without "net\.", with which all begin, and with shortcut for downsample, linear for fc$/,
  );
});

Deno.test("loadParameters() says which network a file of another size or depth would fit", async () => {
  const other = network({ architecture: "resnet34", width: 3, classes: 4, channels: 1, stem: 2 });
  const bytes = await file(
    Object.fromEntries(
      Object.entries(other.init(1)).map(([name, value]) => [`module.${kuangliu(name)}`, value]),
    ),
  );
  const message = errorOf(() => loadParameters(resnet, bytes));
  assert(message.endsWith("It would fit a resnet34 with channels 1, width 3, classes 4"), message);
  assertMatch(message, /of another shape: module\.conv1\.weight \[3,1,3,3\] in place of \[2,3,3,3\]/);
});

Deno.test("loadParameters() takes a function or a record as rename, and refuses what renames nothing", async () => {
  const odd = await named((name) => name.replaceAll(".", "/"));
  await assertIsGiven(loadParameters(resnet, odd, { rename: (name) => name.replaceAll("/", ".") }));
  await assertIsGiven(loadParameters(resnet, await named((name) => `ema.${name}`), {
    rename: { ema: "module.net" }, // what follows is told as ever
  }));
  const plain = await named((name) => name);
  assertMatch(
    errorOf(() => loadParameters(resnet, plain, { rename: { "layer5.0": "layer4.0" } })),
    /Cannot rename layer5\.0: no name of the file is or begins with it, did you mean layer1\.0\?/,
  );
  assertThrows(
    () => loadParameters(resnet, plain, { rename: (() => 3) as unknown as (name: string) => string }),
    TypeError,
    "Cannot rename conv1.weight to a value of type number",
  );
  assertThrows(
    () => loadParameters(resnet, plain, { renames: {} } as unknown as Record<string, never>),
    RangeError,
    'did you mean "rename"?',
  );
});

Deno.test("loadParameters() says so of any name that is changed, and guesses none", async () => {
  const detector = network({ architecture: "detector", width: 1, channels: 1 }),
    parameters = detector.init(1);
  const names = Object.keys(parameters), letter = fc.constantFrom(..."abcw123._".split(""));
  const edit = fc.tuple(fc.nat({ max: names.length - 1 }), fc.nat({ max: 12 }), letter);
  await fc.assert(
    fc.asyncProperty(edit, fc.constantFrom("", "module.", "a.b."), async ([which, at, letter], prefix) => {
      const old = names[which]!, changed = old.slice(0, at) + letter + old.slice(at + 1);
      fc.pre(!names.includes(changed));
      const bytes = await file(
        Object.fromEntries(
          names.map((name) => [prefix + (name === old ? changed : name), parameters[name]!]),
        ),
      );
      const message = errorOf(() => loadParameters(detector, bytes));
      assert(message.includes(`1 missing, 1 left over`), message);
      assert(message.includes(`  ${old} [`) && message.includes(`${prefix}${changed} [`), message);
    }),
    { numRuns: 60, seed: 3 },
  );
});

Deno.test("loadParameters() names one of two whole networks in a file, and leaves the other out", async () => {
  const both = await file(Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => [[`net.${name}`, value], [`ema.${name}`, value]]),
  ));
  const message = errorOf(() => loadParameters(resnet, both));
  assert(message.endsWith('rename: { "net": "", "ema": null }'), message);
  await assertIsGiven(loadParameters(resnet, both, { rename: { net: "", ema: null } }));
});

Deno.test("loadParameters() lists a tensor whose new name another one has", async () => {
  const twice = await named((name) => name, { "linear.weight": tf.zeros([16, 10]) });
  assertMatch(
    errorOf(() => loadParameters(resnet, twice)),
    /1 left over\n.*\n {2}- +linear\.weight \[10,16\]/,
  );
  assertMatch(
    errorOf(() => loadParameters(resnet, twice, { rename: { linear: "fc" } })),
    /1 left over\n.*\n {2}- +linear\.weight \[10,16\]/,
  );
});

/** A network of two dense layers that could stand for each other, and two ways in which others call them. */
const twins: Network = {
  ...network({ architecture: "detector", width: 1, channels: 1 }),
  declarations: ["first", "second"].map((name) => ({ name, shape: [2, 2], start: "linear", fanIn: 2 })),
  otherNames: [{ a: "first", b: "second" }, { b: "first", a: "second" }],
};

Deno.test("loadParameters() never chooses between two ways in which a file fits", async () => {
  const bytes = await file({ "x.a": tf.zeros([2, 2]), "x.b": tf.ones([2, 2]) });
  assertEquals(
    errorOf(() => loadParameters(twins, bytes)),
    "The file fits a detector in two ways: first may be x.a or x.b. Say which with the option rename",
  );
  const { first } = loadParameters(twins, bytes, { rename: { "x.a": "first", "x.b": "second" } });
  assertEquals([...await first!.data()], [0, 0, 0, 0]);
  // Names that fit as they stand leave no doubt.
  const plain = await file({ first: tf.ones([2, 2]), second: tf.zeros([2, 2]) });
  assertEquals([...await loadParameters(twins, plain).first!.data()], [1, 1, 1, 1]);
});

Deno.test("loadParameters() refuses whole numbers as weights", async () => {
  const bytes = await file({ first: tf.ones([2, 2]), second: tf.zeros([2, 2]) });
  bytes[new TextDecoder("latin1").decode(bytes).indexOf("F32")] = "I".charCodeAt(0);
  assertThrows(
    () => loadParameters(twins, bytes),
    TypeError,
    "Cannot use first as a parameter: it holds I32",
  );
});

Deno.test("loadParameters() refuses weights that are not finite, and keeps no tensor", async () => {
  for (const [value, shown] of [[NaN, "NaN"], [-Infinity, "-Infinity"]] as const) {
    const bytes = await file({ first: tf.ones([2, 2]), second: tf.tensor2d([[1, value], [1, 1]]) });
    const before = tf.memory().numTensors;
    assertMatch(
      errorOf(() => loadParameters(twins, bytes)),
      new RegExp(`^Cannot read second: its number \\d is ${shown}, weights of a network are finite$`),
    );
    assertEquals(tf.memory().numTensors, before);
  }
});

Deno.test("loadParameters() says so where a dense weight is transposed", async () => {
  const bytes = await named((name) => name, { "fc.weight": tf.zeros([10, 16]) });
  assertMatch(
    errorOf(() => loadParameters(resnet, bytes)),
    /fc\.weight \[16,10\] in place of \[10,16\]: transposed/,
  );
});

Deno.test("loadParameters() takes float64 weights", async () => {
  const entry = (begin: number) => ({ dtype: "F64", shape: [2, 2], data_offsets: [begin, begin + 32] });
  const header = new TextEncoder().encode(
    JSON.stringify({ "module.first": entry(0), "module.second": entry(32) }),
  );
  const bytes = new Uint8Array(8 + header.length + 64);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  bytes.set(new Uint8Array(Float64Array.of(0.1, 2, 3, 4, 5, 6, 7, 8).buffer), 8 + header.length);
  const { first, second } = loadParameters(twins, bytes);
  assertEquals([first!.dtype, ...await first!.data()], ["float32", Math.fround(0.1), 3, 2, 4]);
  assertEquals([...await second!.data()], [5, 7, 6, 8]);
});

Deno.test("loadParameters() refuses what is no network", () => {
  assertThrows(
    () => loadParameters(resnet.spec as unknown as Network, new Uint8Array(8)),
    TypeError,
    "as a network",
  );
});

Deno.test("loadParameters() frees everything where it fails", async () => {
  const bytes = await named((name) => `x.${name}`, { y: tf.zeros([1]) });
  const before = tf.memory().numTensors;
  assertThrows(() => loadParameters(resnet, bytes), RangeError);
  assertEquals(tf.memory().numTensors, before);
});
