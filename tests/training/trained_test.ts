import { setImmediate } from "node:timers";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import "@gcln/kit/defenses"; // whose kinds of networks are trained here
import { readMetadata, writeSafetensors } from "@gcln/kit/networks";
import {
  type Images,
  type Parameters,
  type Progress,
  random,
  tf,
  uniform,
  useBackend,
} from "@gcln/kit/tensor";
import type { GclnSpec, ParametricNoiseSpec } from "@gcln/kit/defenses";
import {
  type ClassifierSpec,
  exportTrained,
  fileCheckpoints,
  idOf,
  trained,
  trainedOnHere,
  type TrainedSpec,
} from "@gcln/kit/training";
import { sha256 } from "@gcln/kit/files";
import { findWeights } from "../../lib/training/weights_file.ts";
import { inFolder } from "../_in_folder.ts";

await useBackend();
const digits = await streetDigits("train"); // held, so that they are painted once

const classifier: ClassifierSpec = {
  kind: "classifier",
  network: {
    architecture: "resnet18",
    width: 2,
    classes: 10,
    channels: 3,
    stem: 2,
    normalise: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
  },
  data: "street-digits",
  training: { examples: 200, images: 160, batch: 16, rate: 0.05, augment: { flip: false, shift: 1 } },
  seed: 7,
};

const gcln: GclnSpec = {
  kind: "gcln",
  classifier,
  features: { of: classifier, layers: ["layer1"] },
  transform: { q: 10 / 255, block: 8, transform: "dct", colour: "rgb" },
  generator: { architecture: "generator", width: 4, channels: 3 },
  detector: { architecture: "detector", width: 4, channels: 3 },
  attacks: { by: [{ attack: "fgs", ball: linf(8 / 255) }], surrogate: "classifier", pool: 32 },
  training: {
    images: 32,
    batch: 16,
    lambda: 0.5,
    perceptualScale: 10,
    rates: { generator: 1e-3, detector: 1e-4 },
    recovered: "join",
  },
  seed: 7,
};

const adversary = {
  attack: { attack: "pgd", ball: linf(8 / 255), stepSize: 4 / 255, steps: 2, start: "random" },
  batchNorms: "running",
  after: 0.2,
} as const;

const hardened: ClassifierSpec = { ...classifier, training: { ...classifier.training, adversary } };

const noisy: ParametricNoiseSpec = {
  kind: "parametric noise",
  network: classifier.network,
  data: "street-digits",
  seed: 7,
  training: {
    ...classifier.training,
    adversary: { ...adversary, clean: 0.5 },
    alpha: 0.25,
    weightDecay: { parameters: 3e-4, alphas: 0 },
  },
};

const adaptive: GclnSpec = {
  ...gcln,
  attacks: {
    ...gcln.attacks,
    by: [{ attack: "pgd", ball: linf(8 / 255), stepSize: 4 / 255, steps: 2 }],
    surrogate: "defended",
  },
};

const images = uniform<tf.Rank.R4>([2, 32, 32, 3], 0, 1, 1) as Images;

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

async function valuesOf(f: (images: Images) => tf.Tensor): Promise<number[]> {
  const output = tf.tidy(() => f(images)), values = [...await output.data()];
  output.dispose();
  return values;
}

async function difference(a: Parameters, b: Parameters): Promise<number> {
  const all = tf.tidy(() =>
    tf.stack(Object.keys(a).map((name) => a[name]!.sub(b[name]!).abs().max().as1D())).max()
  );
  const [value] = await all.data();
  all.dispose();
  return value!;
}

/** The largest |value| of all. */
async function largest(parameters: Parameters): Promise<number> {
  const zeros = Object.fromEntries(Object.entries(parameters).map(([name, p]) => [name, tf.zerosLike(p)]));
  const value = await difference(parameters, zeros);
  tf.dispose(Object.values(zeros));
  return value;
}

/** Every spec that differs from this one in one number or word. */
function* variants(value: unknown): Generator<unknown> {
  if (typeof value === "number") yield value + 1;
  else if (typeof value === "string") yield `${value}x`;
  else if (typeof value === "boolean") yield !value;
  else {
    for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
      for (const variant of variants(child)) {
        yield Array.isArray(value)
          ? value.with(Number(key), variant)
          : { ...value as object, [key]: variant };
      }
    }
  }
}

function reversed(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, child]) => [key, reversed(child)]));
}

Deno.test("idOf() is the same for equal specs, in whichever order their fields stand", async () => {
  for (const spec of [classifier, hardened, noisy, gcln]) {
    assertEquals(await idOf(reversed(spec) as TrainedSpec), await idOf(spec));
    assertEquals(await idOf(structuredClone(spec)), await idOf(spec));
  }
  assertMatch(await idOf(gcln), /^street-digits-gcln-q10-[0-9a-f]{12}$/);
  assertMatch(await idOf(adaptive), /^street-digits-gcln-q10-adaptive-[0-9a-f]{12}$/);
  assertMatch(await idOf(hardened), /^street-digits-resnet18-adversarial-[0-9a-f]{12}$/);
  assertMatch(await idOf(noisy), /^street-digits-resnet18-noise-[0-9a-f]{12}$/);
});

Deno.test("idOf() is another for every field that is another", async () => {
  for (const [spec, fields] of [[classifier, 18], [hardened, 24], [noisy, 28], [gcln, 50]] as const) {
    const ids = new Set([await idOf(spec)]), changed = [...variants(spec)] as TrainedSpec[];
    assertGreater(changed.length, fields);
    // `kind` alone can't be another word.
    const legal = changed.filter(({ kind }) => kind === spec.kind);
    for (const variant of legal) ids.add(await idOf(variant));
    assertEquals(ids.size, legal.length + 1);
  }
});

Deno.test("trained() trains once, and then finds the same weights with their record", () =>
  inFolder(async (folder) => {
    const labels: string[] = [], count = tf.memory().numTensors;
    const progress = (label: string): Progress => (labels.push(label), { update() {}, done() {} });
    const first = await trained(classifier, { folder, progress });
    const second = await trained(classifier, { folder, progress });
    assertEquals([first.source, second.source], ["trained now", "cache"]);
    assertEquals(labels, [`training ${first.id}`]);
    assertEquals(second.history, first.history);
    assertEquals(await difference(first.parameters, second.parameters), 0);
    assertEquals(await valuesOf(second), await valuesOf(first));

    assertEquals(filesIn(folder), [`${first.id}.safetensors`]);
    const bytes = await Deno.readFile(`${folder}/${first.id}.safetensors`);
    const { history, made } = first;
    assertEquals(JSON.parse(readMetadata(bytes).record!), { spec: classifier, history, made });

    first.dispose();
    second.dispose();
    assertEquals(tf.memory().numTensors, count);
  }));

Deno.test("trained() reads weights that were exported as float16, as good as they are", () =>
  inFolder(async (folder) => {
    const first = await trained(classifier, { folder });
    const path = `${folder}/${first.id}.safetensors`, size = (await Deno.stat(path)).size;
    const bytes = await exportTrained(first, "float16");
    await Deno.writeFile(path, bytes);
    assert(bytes.length < 0.7 * size);
    const second = await trained(classifier, { folder });
    assertEquals(second.history, first.history);
    const error = await difference(first.parameters, second.parameters);
    assertGreater(error, 0);
    assertLess(error, 2 ** -10 * await largest(first.parameters));
    const [a, b] = [await valuesOf(first), await valuesOf(second)];
    a.forEach((value, i) => assertAlmostEquals(value, b[i]!, 0.02));
    first.dispose();
    second.dispose();
  }));

Deno.test("trained() that was stopped goes on from its checkpoint, to the same weights", () =>
  inFolder(async (folder) => {
    const stop = new AbortController(), id = await idOf(classifier);
    setImmediate(() => stop.abort()); // seen after the first step
    await assertRejects(
      () => trained(classifier, { folder: `${folder}/stopped`, signal: stop.signal }),
      DOMException,
    );
    assertEquals(filesIn(`${folder}/stopped`), [`${id}.checkpoint`]);
    const whole = await trained(classifier, { folder: `${folder}/whole` });
    const resumed = await trained(classifier, { folder: `${folder}/stopped` });
    assertEquals(resumed.source, "trained now");
    assertEquals(filesIn(`${folder}/stopped`), [`${id}.safetensors`]);
    assertEquals(resumed.history.length, 2); // a look before the stop, and one at the end
    assertEquals(whole.history.length, 1);
    assertLess(await difference(whole.parameters, resumed.parameters), 1e-4);
    whole.dispose();
    resumed.dispose();
  }));

/** Bytes with some bits flipped, at places that a seed decides. */
function flipped(bytes: Uint8Array, count: number, seed: number): Uint8Array {
  const changed = bytes.slice(), next = random(seed);
  for (let i = 0; i < count; i++) changed[Math.floor(next() * bytes.length)]! ^= 1 << Math.floor(next() * 8);
  return changed;
}

/** What is said on stderr while some work is done. */
async function warningsOf(work: () => Promise<void>): Promise<string[]> {
  const { warn } = console, said: string[] = [];
  console.warn = (line) => void said.push(line);
  try {
    await work();
  } finally {
    console.warn = warn;
  }
  return said;
}

Deno.test("trained() names damaged weights in the cache, puts them aside and trains again", () =>
  inFolder(async (folder) => {
    const first = await trained(classifier, { folder }), count = tf.memory().numTensors;
    const path = `${folder}/${first.id}.safetensors`, whole = await Deno.readFile(path);
    const said = await warningsOf(async () => {
      for (const damage of [new Uint8Array(), whole.slice(0, -7), flipped(whole, 10, 1)]) {
        await Deno.writeFile(path, damage);
        const again = await trained(classifier, { folder });
        assertEquals(again.source, "trained now");
        again.dispose();
        assertEquals(await Deno.readFile(`${path}.damaged`), damage);
      }
    });
    assertEquals(said.length, 3);
    for (const line of said) assertStringIncludes(line, path);
    assertEquals(tf.memory().numTensors, count);
    const found = await trained(classifier, { folder });
    assertEquals(found.source, "cache");
    assertEquals(found.made, await trainedOnHere());
    for (const network of [first, found]) network.dispose();
  }));

Deno.test("findWeights() takes no file in which bits have flipped", () =>
  inFolder(async (folder) => {
    const first = await trained(classifier, { folder }), { id } = first;
    const path = `${folder}/${id}.safetensors`, whole = await Deno.readFile(path);
    await warningsOf(async () => {
      for (let seed = 0; seed < 60; seed++) {
        await Deno.writeFile(path, flipped(whole, seed % 2 === 0 ? 1 : 10, seed));
        assertEquals(await findWeights(id, folder, { shipped: "ignore" }), undefined);
      }
    });
    first.dispose();
  }));

Deno.test("findWeights() takes weights of an earlier version, which carry no digest, if their numbers are finite", () =>
  inFolder(async (folder) => {
    const first = await trained(classifier, { folder }), { id, spec, history } = first;
    const path = `${folder}/${id}.safetensors`, metadata = { record: JSON.stringify({ spec, history }) };
    const found = async (parameters: Parameters) => {
      const named = Object.fromEntries(
        Object.entries(parameters).map(([name, p]) => [`parameters.${name}`, p]),
      );
      await Deno.writeFile(path, await writeSafetensors(named, { precision: "float32", metadata }));
      const weights = await findWeights(id, folder, { shipped: "ignore" });
      tf.dispose(Object.values(weights?.tensors ?? {}));
      return weights !== undefined;
    };
    assertEquals(await found(first.parameters), true);
    const [name, parameter] = Object.entries(first.parameters)[0]!, broken = tf.fill(parameter.shape, NaN);
    await warningsOf(async () => assertEquals(await found({ ...first.parameters, [name]: broken }), false));
    broken.dispose();
    first.dispose();
  }));

Deno.test("trained() anew takes what the same run has made, whatever the clock says", () =>
  inFolder(async (folder) => {
    const first = await trained(classifier, { folder }), moment = new Date("2020-01-01T12:00:00Z");
    const path = `${folder}/${first.id}.safetensors`, tomorrow = new Date(Date.now() + 86_400_000);
    await Deno.utime(path, tomorrow, tomorrow);
    const sourceIn = async (since: Date) => {
      const network = await trained(classifier, { folder, retrain: true, since });
      network.dispose();
      return network.source;
    };
    assertEquals(await sourceIn(moment), "trained now");
    await Deno.utime(path, new Date(0), new Date(0));
    assertEquals(await sourceIn(moment), "cache");
    const other = new Date("2021-01-01T12:00:00Z");
    assertEquals(await sourceIn(other), "trained now");

    const stop = new AbortController(), third = new Date("2022-01-01T12:00:00Z");
    setImmediate(() => stop.abort()); // seen after the first step
    const stopped = trained(classifier, { folder, retrain: true, since: third, signal: stop.signal });
    await assertRejects(() => stopped, DOMException);
    const checkpoint = await Deno.readFile(`${folder}/${first.id}.checkpoint`);
    const resumed = async (since: Date) => {
      await Deno.writeFile(`${folder}/${first.id}.checkpoint`, checkpoint);
      const again = await trained(classifier, { folder, retrain: true, since });
      assertEquals(again.source, "trained now");
      again.dispose();
      return again.history.length > 1; // a look before the stop, and one at the end
    };
    assertEquals([await resumed(third), await resumed(moment)], [true, false]);
    first.dispose();
  }));

Deno.test("trained() does not take the weights of another spec", () =>
  inFolder(async (folder) => {
    const first = await trained(classifier, { folder }), other = { ...classifier, seed: 8 };
    const id = await idOf(other);
    await Deno.rename(`${folder}/${first.id}.safetensors`, `${folder}/${id}.safetensors`);
    const said = await warningsOf(async () => {
      const network = await trained(other, { folder });
      assertEquals(network.source, "trained now");
      network.dispose();
    });
    assertStringIncludes(said.join(), `they are those of ${first.id}`);
    first.dispose();
  }));

Deno.test("fileCheckpoints() takes no checkpoint in which bits have flipped", () =>
  inFolder(async (folder) => {
    const path = `${folder}/run`, store = fileCheckpoints(path, "my run"), w = tf.range(0, 500);
    await store.save({ step: 7, seconds: 1, history: [], state: { "parameters.w": w } });
    const whole = await Deno.readFile(path);
    const said = await warningsOf(async () => {
      for (let seed = 0; seed < 60; seed++) {
        await Deno.writeFile(path, flipped(whole, seed % 2 === 0 ? 1 : 10, seed));
        assertEquals(await store.load(), undefined);
      }
    });
    assertEquals(said.length, 60);
    w.dispose();
  }));

Deno.test("each shipped network is known by its digest", async () => {
  const folder = new URL("../../fixtures/trained/", import.meta.url);
  const digests = JSON.parse(await Deno.readTextFile(new URL("../trained_sha256.json", folder)));
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".safetensors")
  );
  assertEquals(Object.keys(digests), names.sort());
  for (const name of names) {
    assertEquals(await sha256(await Deno.readFile(new URL(name, folder))), digests[name]);
  }
});

Deno.test("trained() makes what a cleaning network needs, and attacks once for all q", () =>
  inFolder(async (folder) => {
    const labels: string[] = [], count = tf.memory().numTensors;
    const progress = (label: string): Progress => (labels.push(label), { update() {}, done() {} });
    const ten = await trained(gcln, { folder, progress });
    assertEquals(labels.map((label) => label.split(" ")[0]), ["training", "training", "attacking"]);
    assertStringIncludes(labels.join(), await idOf(classifier));
    const five = await trained({ ...gcln, transform: { ...gcln.transform, q: 5 / 255 } }, {
      folder,
      progress,
    });
    assertEquals(labels.length, 4);
    assertNotEquals(five.id, ten.id);
    assertEquals(filesIn(folder).map((name) => name.split(".").at(-1)), [
      "bin",
      "safetensors",
      "safetensors",
      "safetensors",
    ]);
    const again = await trained(gcln, { folder });
    assertEquals(await difference(again.detector, ten.detector), 0);
    const [values, ...others] = await Promise.all([
      valuesOf(ten),
      valuesOf(again),
      valuesOf(ten.with({ backward: "straight-through" })),
      valuesOf(ten.with({ backward: "straight-through", clip: "straight-through" })),
    ]);
    for (const other of others) assertEquals(other, values);
    assert(values.every((value) => value >= 0 && value <= 1));
    for (const network of [ten, five, again]) network.dispose();
    assertEquals(tf.memory().numTensors, count);
    assertGreater(digits.size, 32);
  }));

Deno.test("trained() trains under attack where the spec has an adversary, and otherwise as before", () =>
  inFolder(async (folder) => {
    const count = tf.memory().numTensors;
    const first = await trained(hardened, { folder }), plain = await trained(classifier, { folder });
    assertEquals([first.history.at(-1)!.robust === undefined, plain.history.at(-1)!.robust], [
      false,
      undefined,
    ]);
    assertGreater(await difference(first.parameters, plain.parameters), 1e-3);
    const again = await trained(hardened, { folder });
    assertEquals([again.source, await difference(first.parameters, again.parameters)], ["cache", 0]);
    for (const network of [first, plain, again]) network.dispose();
    assertEquals(tf.memory().numTensors, count);
  }));

Deno.test("trained() gives a classifier with noise on its weights, the same from the cache", () =>
  inFolder(async (folder) => {
    const count = tf.memory().numTensors;
    const first = await trained(noisy, { folder }), second = await trained(noisy, { folder });
    assertEquals([first.source, second.source], ["trained now", "cache"]);
    assertEquals(await difference(first.alphas, second.alphas), 0);
    assertEquals(Object.keys(first.parameters), first.network.declarations.map(({ name }) => name));
    assertEquals(Object.keys(second.history.at(-1)!), [
      ...["step", "seconds", "loss", "accuracy", "alpha", "robust"],
    ]);
    assertEquals(await valuesOf((x) => second(x, 1)), await valuesOf((x) => first(x, 1)));
    assertNotEquals(await valuesOf((x) => second(x, 1)), await valuesOf((x) => second(x, 2)));
    const fixed = second.at(1), drawn = await valuesOf((x) => second(x, 1));
    (await valuesOf(fixed)).forEach((value, i) => assertAlmostEquals(value, drawn[i]!, 1e-3));
    assertEquals((await valuesOf(second.mean({ draws: 3 }))).length, 20);
    fixed.dispose();

    await Deno.writeFile(`${folder}/${first.id}.safetensors`, await exportTrained(first, "float16"));
    const small = await trained(noisy, { folder });
    assertLess(await difference(small.alphas, first.alphas), 1e-3);
    for (const network of [first, second, small]) network.dispose();
    assertEquals(tf.memory().numTensors, count);
  }));

Deno.test("trained() makes a cleaning network that is attacked as it is, without a pool, and goes on where it was stopped", () =>
  inFolder(async (folder) => {
    const labels: string[] = [], count = tf.memory().numTensors, stop = new AbortController();
    const progress = (label: string): Progress => {
      labels.push(label);
      setImmediate(() => stop.abort()); // seen after the first step
      return { update() {}, done() {} };
    };
    (await trained(classifier, { folder })).dispose();
    await assertRejects(() => trained(adaptive, { folder, progress, signal: stop.signal }), DOMException);
    assertEquals(labels, [`training ${await idOf(adaptive)}`]);
    assert(filesIn(folder).includes(`${await idOf(adaptive)}.checkpoint`));
    const resumed = await trained(adaptive, { folder }),
      whole = await trained(adaptive, { folder, retrain: true });
    assertLess(await difference(whole.parameters, resumed.parameters), 1e-4);
    assertGreater(whole.history.at(-1)!.perceptual!, 0);
    for (const cleaner of [whole, resumed]) cleaner.dispose();
    assertEquals(tf.memory().numTensors, count);
  }));
