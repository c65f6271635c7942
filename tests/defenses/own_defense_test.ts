import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { attackSettings, bounds, clip, defineAttack, linf } from "@gcln/kit/attacks";
import {
  classifierSpec,
  defineDefense,
  deploy,
  type OwnRow,
  standAveraged,
  standBehind,
  traitsOf,
} from "@gcln/kit/defenses";
import type { CellCache } from "@gcln/kit/evaluation";
import { circumstancesOf, reproduce, type Table, table1, traitsIn } from "@gcln/kit/experiments";
import { size } from "@gcln/kit/kinds";
import { type Classifier, type Images, normal, tf, useBackend } from "@gcln/kit/tensor";
import { digest } from "@gcln/kit/training";
import { leaveUntrained, tiny, withFolder } from "../experiments/_untrained.ts";

await useBackend();
const data = "street-digits", target = classifierSpec(tiny, data, 1);

/** A defense that moves pixels towards grey. */
const fadedBy = (name: string, version: number) =>
  defineDefense({
    name,
    source: "a test",
    traits: [],
    settings: { strength: size({ most: 1, default: 0.5 }) },
    needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
    stand: ({ classifier }, { strength }) =>
      standBehind(classifier, (images) => images.sub(0.5).mul(1 - strength).add(0.5) as Images),
    version,
  });

const pgd = { attack: "pgd", ball: linf(8 / 255), stepSize: 1 / 255, steps: 2 } as const;
const columns: Table["columns"] = {
  "Clean": { kind: "clean" },
  "PGD": { kind: "attack", attack: pgd, surrogate: "white-box" },
  "Oblivious": { kind: "attack", attack: pgd, surrogate: "oblivious" },
  "Straight": { kind: "attack", attack: pgd, surrogate: "straight-through", only: "non-differentiable" },
  "Worst case": { kind: "worst case", of: "every attack" },
};

function tableOf(...rows: readonly OwnRow[]): Table {
  return { ...table1, name: "mine", columns, rows: Object.fromEntries(rows.map((row, i) => [`${i}`, row])) };
}

/** The keys of all cells of a table, by row and attack. */
async function keysOf(table: Table, folder: string): Promise<string[]> {
  const keys: string[] = [];
  const cells: CellCache = {
    async get(key, make) {
      keys.push(await digest(key));
      return await make();
    },
  };
  await reproduce(table, { profile: tiny, folder, cells, examples: 4 });
  return keys;
}

Deno.test("a user's defense is measured like one of the kit's", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, target);
    const faded = fadedBy("faded", 1), row = faded({ strength: 0.25 });
    assertEquals(row as object, { defense: "faded", strength: 0.25 });
    const table = { ...tableOf(row), rows: { "None": { defense: "none" }, "Mine": row } } as const;
    const { rows } = await reproduce(table, { profile: tiny, folder, examples: 6 });
    const measured = Object.entries(rows["Mine"]!).filter(([, { n }]) => n === 6).map(([head]) => head);
    assertEquals(measured, ["Clean", "PGD", "Oblivious", "Worst case"]); // it has a gradient everywhere
    assertEquals(rows["None"]!["Oblivious"]!.accuracy, null);
    assertEquals([traitsOf(row), traitsIn(table)["Mine"]], [[], []]);
  }));

Deno.test("cells of a user's defense depend on its settings, its code and its version", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, target);
    const faded = fadedBy("faded", 1);
    const [first, second] = [await keysOf(tableOf(faded()), folder), await keysOf(tableOf(faded()), folder)];
    assertEquals(first, second);
    assertEquals(new Set(first).size, 3);
    const others = [
      await keysOf(tableOf(faded({ strength: 0.75 })), folder),
      await keysOf(tableOf(fadedBy("faded", 2)()), folder),
      await keysOf(tableOf(fadedBy("other", 1)()), folder),
    ];
    for (const keys of others) for (const key of keys) assert(!first.includes(key));
  }));

Deno.test("a user's attack is measured under a key that changes with its version", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, target);
    const brighten = (version: number) =>
      defineAttack(
        (_: Classifier, { images }, { ball }) => clip(bounds(ball, images), images.add(1)),
        {
          name: "brighten",
          title: "Brighten",
          source: "a test",
          asks: "nothing",
          needsVictim: false,
          norms: ["linf"],
          settings: attackSettings,
          version,
        },
      );
    const keys = async (version: number) => {
      const attack = brighten(version).spec({ ball: linf(0.1) });
      const columns = { "Brighten": { kind: "attack", attack, surrogate: "white-box" } } as const;
      return await keysOf(
        { ...table1, name: "mine", rows: { "None": { defense: "none" } }, columns },
        folder,
      );
    };
    const first = await keys(1);
    assertEquals([first.length, await keys(1)], [1, first]);
    assertNotEquals(await keys(2), first);
  }));

Deno.test("a user's training runs once for equal settings, and what it made is kept", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, target);
    let runs = 0;
    const shifted = defineDefense({
      name: "shifted",
      source: "a test",
      traits: [],
      settings: { images: size({ default: 8 }) },
      needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
      fit({ data, settings }) {
        runs++;
        const mean = tf.tidy(() => data.take(settings.images).all().images.mean([0, 1, 2]));
        return Promise.resolve({ mean });
      },
      stand: ({ classifier, own }) =>
        standBehind(classifier, (images) => images.sub(own.parameters.mean!).add(0.5) as Images),
    });
    const setting = circumstancesOf(table1, { profile: tiny, folder }), before = tf.memory().numTensors;
    for (const images of [8, 8, 4]) {
      const defense = await deploy(shifted({ images }), setting, setting);
      assertEquals(defense.networks.length, 2);
      assert(/^street-digits-shifted-[0-9a-f]{12}$/.test(defense.networks[1]!));
      assertEquals(tf.tidy(() => defense.victim(tf.zeros([1, 32, 32, 3])).shape), [1, 10]);
      defense.dispose();
    }
    assertEquals(runs, 2);
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("a user's random defense is scored and attacked by means of its own, and its cells say so", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, target);
    const jittered = defineDefense({
      name: "jittered",
      source: "a test",
      traits: ["randomised"],
      needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
      stand: ({ classifier }, _, { seed }) =>
        standAveraged(
          (images, seed) => classifier(images.add(normal(images.shape, 0, 0.1, seed)) as Images),
          seed,
        ),
    });
    const { rows } = await reproduce(tableOf(jittered()), { profile: tiny, folder, examples: 4 });
    assertEquals(rows["0"]!["PGD"]!.attack!.eot, { draws: 8, average: "logits", redrawn: "never" });
  }));

Deno.test("a user's detector stops attacked images that it refuses, and errs on clean ones", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, target);
    /** Refuses nothing, everything, or what no camera takes: pixels between two of the 256 levels. */
    const refusals = {
      nothing: (images: Images) => tf.zeros([images.shape[0]]) as tf.Tensor1D,
      everything: (images: Images) => tf.ones([images.shape[0]]) as tf.Tensor1D,
      between: (images: Images) => {
        const levels = images.mul(255);
        return levels.sub(levels.round()).abs().max([1, 2, 3]).greater(0.01).cast("int32") as tf.Tensor1D;
      },
    };
    const refusing = (what: keyof typeof refusals) =>
      defineDefense({
        name: `refusing ${what}`,
        source: "a test",
        traits: ["detects"],
        needs: (_, { profile, dataset, seed }) => ({ classifier: classifierSpec(profile, dataset, seed) }),
        stand: ({ classifier }) => ({
          victim: Object.assign((images: Images) => classifier(images), {
            rejects: refusals[what],
          }),
        }),
      });
    const table = tableOf(refusing("everything")(), refusing("nothing")(), refusing("between")());
    const { rows } = await reproduce(table, {
      profile: tiny,
      folder,
      examples: 6,
      columns: ["Clean", "PGD"],
    });
    const of = (row: number) => ["Clean", "PGD"].map((column) => rows[row]![column]!.accuracy!);
    // What was an error before the attack does not stand because it is refused.
    assertEquals(of(0), [0, 0]);
    const [clean, attacked] = of(1);
    assert(clean! > 0 && attacked! < 1);
    // Every attacked image is refused, so that as many stand as were right.
    assertEquals(of(2), [clean!, clean!]);
  }));

Deno.test("a user's defense is told what is wrong with it", async () => {
  const faded = fadedBy("faded", 1);
  // deno-lint-ignore no-explicit-any -- what no compiler has looked at, as in a notebook
  const unchecked = (value: object) => value as any;
  assertThrows(() => faded({ strenght: 1 }), RangeError, 'did you mean "strength"?');
  assertThrows(() => faded({ strength: 2 }), RangeError, "Cannot use strength 2");
  assertThrows(() => fadedBy("gcln", 1), RangeError, "the kit has one of that name");
  assertThrows(() => defineDefense(unchecked({ name: "x" })), RangeError, "without source");
  const facts = { name: "x", source: "y", needs: () => ({}), stand: () => ({}) };
  assertThrows(() => defineDefense(unchecked({ ...facts, traits: ["random"] })), RangeError, '"randomised"');
  const setting = circumstancesOf(table1, { profile: tiny });
  await assertRejects(() => deploy({ defense: "fadde" }, setting), RangeError, 'did you mean "faded"?');
  const broken: Table = tableOf(unchecked({ defense: "faded", strength: "much" }));
  await assertRejects(() => reproduce(broken, { profile: tiny }), RangeError, 'Cannot use strength "much"');
  const unknown: Table = {
    ...tableOf(faded()),
    columns: { "X": { kind: "attack", attack: pgd, surrogate: "whitebox" } },
  };
  await assertRejects(() => reproduce(unknown, { profile: tiny }), RangeError, 'did you mean "white-box"?');

  const columns = (column: object): Table => ({ ...tableOf(faded()), columns: { "X": unchecked(column) } });
  const wrong = [
    [{ kind: "atack", attack: pgd }, 'did you mean "attack"?'],
    [{ kind: "attack", attack: pgd }, "without surrogate"],
    [{ kind: "attack", attack: { ...pgd, attack: "pdg" }, surrogate: "white-box" }, 'did you mean "pgd"?'],
    [{ kind: "attack", attack: { ...pgd, step: 1 }, surrogate: "white-box" }, 'did you mean "stepSize"?'],
    [{ kind: "attack", attack: pgd, surrogate: "white-box", only: "random" }, '"randomised"'],
    [{ kind: "worst case" }, "without of"],
  ] as const;
  for (const [column, message] of wrong) {
    await assertRejects(() => reproduce(columns(column), { profile: tiny }), RangeError, message);
  }
  const rowless = { ...tableOf(), rows: { "X": unchecked({}) } };
  await assertRejects(() => reproduce(rowless, { profile: tiny }), TypeError, "a row is wanted");
});

/** The defense of a test, of which something is given; reproduced, it fails. */
function failing(given: object, message: string, kind: new (message: string) => Error = TypeError) {
  return withFolder(async (folder) => {
    await leaveUntrained(folder, target);
    const facts = {
      name: "broken",
      source: "a test",
      traits: [],
      needs: () => ({ classifier: target }),
      stand: ({ classifier }: { classifier: Classifier }) => standBehind(classifier, (images) => images),
    };
    const table = tableOf(defineDefense({ ...facts, ...given } as never)() as OwnRow);
    const work = () => reproduce(table, { profile: tiny, folder, examples: 4, columns: ["Clean", "PGD"] });
    await assertRejects(work, kind, message);
  });
}

type Given = { readonly classifier: Classifier };
const mistakes = {
  "stands as nothing": [{ stand: () => {} }, "returned, undefined: { victim, surrogates } is wanted"],
  "stands as a function": [{ stand: ({ classifier }: Given) => classifier }, "returned, a function"],
  "has no victim": [{ stand: () => ({ surrogates: {} }) }, "whose victim is undefined"],
  "has a surrogate that is none": [
    { stand: ({ classifier }: Given) => ({ victim: classifier, surrogates: { "white-box": 3 } }) },
    'whose surrogate for "white-box" is 3',
  ],
  "needs nothing that is an object": [{ needs: () => 3 }, "specs of networks by name are wanted"],
  "fits nothing": [{ fit: () => Promise.resolve() }, "returned, undefined: tensors by name are wanted"],
  "fits what is no tensor": [{ fit: () => Promise.resolve({ mean: 3 }) }, "tensors by name are wanted"],
} as const;

for (const [what, [given, message]] of Object.entries(mistakes)) {
  Deno.test(`a user's defense that ${what} is told so`, () => failing(given, message));
}

const misfits = {
  "misspells a threat model": [
    { stand: ({ classifier }: Given) => ({ victim: classifier, surrogates: { "whitebox": classifier } }) },
    'did you mean "white-box"?',
  ],
  "has no function for a cleaner": [
    { stand: ({ classifier }: Given) => standBehind(classifier, undefined as never) },
    "Cannot use cleaner undefined",
  ],
  "is randomised and takes no mean": [{ traits: ["randomised"] }, "the mean of 8 draws"],
  "takes a mean and is not called randomised": [
    { stand: ({ classifier }: Given) => standAveraged((images) => classifier(images), 1) },
    'the trait "randomised" is wanted',
  ],
  "detects and refuses nothing": [{ traits: ["detects"] }, "rejects(images)"],
  "refuses and is not called so": [
    {
      stand: ({ classifier }: Given) => ({
        victim: Object.assign((images: Images) => classifier(images), { rejects: () => tf.tensor1d([0]) }),
      }),
    },
    'the trait "detects" is wanted',
  ],
  "answers otherwise when it is asked again": [
    {
      stand({ classifier }: Given) {
        let asked = 0;
        return standBehind(classifier, (images) => images.add(normal(images.shape, 0, 1, asked++)) as Images);
      },
    },
    "other logits when it is asked again",
  ],
} as const;

for (const [what, [given, message]] of Object.entries(misfits)) {
  Deno.test(`a user's defense that ${what} is told so`, () => failing(given, message, RangeError));
}

Deno.test("reproduce() wants a name for the files of results, and tells a spec from a column", async () => {
  const table = tableOf(fadedBy("faded", 1)()),
    attempt = (changes: object) => () => reproduce({ ...table, ...changes } as Table, { profile: tiny });
  await assertRejects(attempt({ name: undefined }), RangeError, "the experiment's name undefined");
  await assertRejects(attempt({ name: "../mine" }), RangeError, "a text without slashes");
  await assertRejects(attempt({ columns: { "PGD": pgd } }), TypeError, "which is the spec of an attack");
});
