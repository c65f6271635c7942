import { assert, assertEquals } from "@std/assert";
import { classifierSpec, gclnSpec } from "@gcln/kit/defenses";
import { streetDigits } from "@gcln/kit/data";
import { profiles } from "@gcln/kit/experiments";
import { tf, useBackend } from "@gcln/kit/tensor";
import { idOf, type TrainedSpec } from "@gcln/kit/training";
import fc from "fast-check";
import { readAddress, writtenAddress } from "../../../scripts/site/explorer/address.ts";
import { explore, type Networks } from "../../../scripts/site/explorer/exploration.ts";
import { classifierIn, cleanerIn } from "../../../scripts/site/explorer/networks.ts";
import {
  attackers,
  attackNames,
  type Catalogue,
  datasets,
  DEFAULTS,
  defenses,
  ranges,
  type Settings,
  settled,
} from "../../../scripts/site/explorer/settings.ts";

await useBackend();

const DATA = "street-digits", Q = 10;
const bytesOf = async (spec: TrainedSpec) =>
  await Deno.readFile(new URL(`../../../fixtures/trained/${await idOf(spec)}.safetensors`, import.meta.url));

const row = { q: Q / 255, features: "classifier" } as const;
const networks: Networks = {
  classifier: classifierIn(await bytesOf(classifierSpec(profiles.quick, DATA, 1))),
  cleaner: cleanerIn(await bytesOf(gclnSpec(profiles.quick, DATA, row, 1))),
};
const { pixels, labels } = await streetDigits("test", { size: 1 });
const image = Float32Array.from(pixels, (value) => value / 255), label = labels[0]!;

async function explored(settings: Settings, given = networks) {
  return await Array.fromAsync(explore(given, settings, image, label));
}

Deno.test("explore() shows two attackers after each step where something rounds, and one where nothing does", async () => {
  const turns = (seen: Awaited<ReturnType<typeof explored>>) => seen.map(({ who, step }) => `${step} ${who}`);
  const settings = { ...DEFAULTS, attack: "bim", steps: 1 } as const;
  assertEquals(turns(await explored(settings)), [
    "0 as printed",
    "0 straight-through",
    "1 as printed",
    "1 straight-through",
  ]);
  const { classifier } = networks;
  assertEquals(turns(await explored({ ...settings, defense: "none" }, { classifier })), [
    "0 as printed",
    "1 as printed",
  ]);
});

Deno.test("explore() finds no slope by the exact gradient of rounding, and one straight through it", async () => {
  const { cleaner: _, ...plain } = networks;
  const quantizer = { ...DEFAULTS, defense: "quantizer", attack: "bim", steps: 1 } as const;
  for (
    const seen of [
      await explored({ ...DEFAULTS, attack: "bim", steps: 1 }),
      await explored(quantizer, plain),
    ]
  ) {
    const [, , exact, straight] = seen.map(({ moment }) => moment);
    assertEquals([exact!.slope, exact!.attacked], [0, image]);
    assert(straight!.slope > 0);
    const moved = straight!.attacked.filter((value, i) => Math.abs(value - image[i]!) > 1 / 255).length;
    assert(moved > image.length / 2, `${moved} numbers moved`);
  }
});

Deno.test("explore() frees everything, also when a reader stops it", async () => {
  await explored({ ...DEFAULTS, steps: 1 }); // what is kept for good
  const before = tf.memory().numTensors;
  await explored({ ...DEFAULTS, attack: "momentum", steps: 1 });
  for await (const _ of explore(networks, DEFAULTS, image, label)) break;
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("an address keeps what a reader has chosen", () => {
  const settings = fc.record({
    data: fc.constantFrom(...Object.keys(datasets) as (keyof typeof datasets)[]),
    defense: fc.constantFrom(...Object.keys(defenses) as (keyof typeof defenses)[]),
    attack: fc.constantFrom(...attackNames),
    attacker: fc.constantFrom(...Object.keys(attackers) as (keyof typeof attackers)[]),
    q: fc.integer({ min: ranges.q.least, max: ranges.q.most }),
    epsilon: fc.integer({ min: ranges.epsilon.least, max: ranges.epsilon.most }),
    steps: fc.integer({ min: ranges.steps.least, max: ranges.steps.most }),
  });
  fc.assert(fc.property(settings, fc.nat(19), (settings, image) => {
    assertEquals(readAddress(writtenAddress({ settings, image }), () => 20), { settings, image });
  }));
});

Deno.test("an address of which nothing makes sense is as good as none", () => {
  const none = readAddress("", () => 20);
  assertEquals(none.settings, DEFAULTS);
  const odd = "#defense=constructor&q=0.5&attack=square&epsilon=-1&steps=1e9&attacker=&image=20";
  assertEquals(readAddress(odd, () => 20), none);
  fc.assert(fc.property(fc.string(), (text) => {
    const { settings, image } = readAddress(text, () => 20);
    assert(Object.hasOwn(defenses, settings.defense) && image >= 0 && image < 20);
  }));
});

const catalogue = {
  "street-digits": {
    gcln: { "2": "a", "10": "b", "40": "c" },
    adaptive: { file: "d", q: 10 },
    adversarial: "e",
  },
  "cifar10": { gcln: {} },
} as unknown as Catalogue;

Deno.test("settled() takes another defense where there is no network for the one that is wanted", () => {
  const defense = (defense: Settings["defense"], data: Settings["data"]) =>
    settled({ ...DEFAULTS, defense, data }, catalogue).defense;
  assertEquals([defense("gcln", "street-digits"), defense("adversarial", "street-digits")], [
    "gcln",
    "adversarial",
  ]);
  assertEquals([defense("gcln", "cifar10"), defense("gcln-adaptive", "cifar10")], ["quantizer", "quantizer"]);
  assertEquals([defense("adversarial", "cifar10"), defense("none", "cifar10")], ["none", "none"]);
});

Deno.test("settled() takes the nearest q that a network is shipped for", () => {
  const q = (settings: Partial<Settings>) => settled({ ...DEFAULTS, ...settings }, catalogue).q;
  assertEquals([q({ q: 1 }), q({ q: 9 }), q({ q: 64 })], [2, 10, 40]);
  assertEquals(q({ q: 64, defense: "gcln-adaptive" }), 10);
  assertEquals(q({ q: 64, defense: "quantizer" }), 64);
});
