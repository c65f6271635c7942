import { assertEquals } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { dataset } from "@gcln/kit/data";
import {
  classifierSpec,
  defend,
  defineDefense,
  deploy,
  standAveraged,
  standBehind,
} from "@gcln/kit/defenses";
import { type CellCache, measure } from "@gcln/kit/evaluation";
import { circumstancesOf, reproduce, type Row, type Table, table1 } from "@gcln/kit/experiments";
import { type Classifier, type Images, type Logits, tf, uniform, useBackend } from "@gcln/kit/tensor";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();

/** Looks each pixel up in a list of levels: its gradient is zero, and nothing in it could be bent. */
const lookedUp = tf.customGrad((images) => {
  const levels = tf.linspace(0, 1, 256), rows = (images as Images).mul(255).round().toInt().reshape([-1]);
  const value = levels.gather(rows as tf.Tensor1D).reshape((images as Images).shape);
  return { value, gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
}) as (images: Images) => Images;

// Adds up pixels with signs of their own: only an attack on nearly all pixels at once gets far.
const signs = uniform<tf.Rank.R2>([3072, 1], -1, 1, 5).sign();
const summed: Classifier = (images) => {
  const sum = images.sub(0.5).reshape([-1, 3072]).matMul(signs).div(3072).add(0.15);
  return tf.concat([sum, sum.neg()], 1) as Logits;
};
const grey = dataset({
  name: "grey",
  split: "test",
  classes: ["first", "second"],
  shape: [32, 32, 3],
  pixels: new Uint8Array(4 * 3072).fill(128),
  labels: new Uint8Array(4),
});

Deno.test("measure() lets strongest differentiate the surrogates that it is given, and no other attack", async () => {
  const victim = defend(summed, lookedUp), surrogates = { "oblivious": summed };
  const attack = { attack: "strongest", ball: linf(0.2), budget: 60 } as const;
  const standing = async (options: object, by: object = attack) =>
    (await measure(victim, grey, { attack: by as typeof attack, seed: 1, ...options })).correct.filter(
      Boolean,
    ).length;
  assertEquals(await standing({}), 4);
  assertEquals(await standing({ surrogates }), 0);
  const pgd = { attack: "pgd", ball: linf(0.2), stepSize: 0.1, steps: 3 };
  assertEquals([await standing({ surrogates }, pgd), await standing({ surrogate: summed }, pgd)], [4, 0]);
});

const opaque = defineDefense({
  name: "opaque",
  source: "a test",
  traits: ["non-differentiable"],
  needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
  stand: ({ classifier }) => standBehind(classifier, lookedUp),
});
const strongest = { attack: "strongest", ball: linf(0.2), budget: 20 } as const;
const table: Table = {
  ...table1,
  name: "opaque",
  rows: { "Opaque": opaque() },
  columns: {
    "Clean": { kind: "clean" },
    "Alone": { kind: "attack", surrogate: "white-box", attack: strongest },
    "Adaptive": { kind: "attack", surrogate: "adaptive", attack: strongest },
    "PGD": {
      kind: "attack",
      surrogate: "adaptive",
      attack: { attack: "pgd", ball: linf(0.2), stepSize: 0.1, steps: 1 },
    },
  },
};

Deno.test("strongest under the adaptive threat model is given every surrogate of the defense, which its cells are kept by", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, classifierSpec(tiny, "street-digits", 1));
    const keys: Record<string, unknown>[] = [];
    const cells: CellCache = {
      get(key, make) {
        keys.push(key as Record<string, unknown>);
        return make();
      },
    };
    await reproduce(table, { profile: tiny, folder, cells, examples: 4 });
    const given = ["identity", "oblivious"];
    assertEquals(keys.map(({ surrogates }) => surrogates), [undefined, undefined, given, undefined]);
  }));

Deno.test("otherSurrogates() has each function once, and nothing for attackers who are not adaptive", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, classifierSpec(tiny, "street-digits", 1));
    const setting = circumstancesOf(table, { profile: tiny, folder });
    const noisy = defineDefense({
      name: "noisy sum",
      source: "a test",
      traits: ["randomised"],
      needs: () => ({}),
      stand: (_networks, _row, { seed }) => standAveraged(summed, seed),
    });
    const expected: [Row, string[]][] = [
      [opaque(), ["identity", "oblivious"]],
      [noisy(), []],
      [{ defense: "none" }, []],
    ];
    for (const [row, names] of expected) {
      const defense = await deploy(row, setting, setting);
      assertEquals(Object.keys(defense.otherSurrogates("adaptive")), names);
      assertEquals(defense.otherSurrogates("white-box"), {});
      defense.dispose();
    }
  }));
