import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dataset, defineDataset, factsOf } from "@gcln/kit/data";
import {
  classifierSpec,
  gclnSpec,
  parametricNoiseSpec,
  type Profile,
  substituteSpec,
} from "@gcln/kit/defenses";
import { circumstancesOf, profileOf, profiles, reproduce, type Table, table1 } from "@gcln/kit/experiments";
import { useBackend } from "@gcln/kit/tensor";
import sharp from "sharp";
import { tiny, withFolder } from "./_untrained.ts";

await useBackend();

/** A data set of bright and dark images, and some between. */
function shades(name: string, shape: readonly [number, number, number], classes: number) {
  const each = shape[0] * shape[1] * shape[2];
  const part = (split: "train" | "test", count: number) => {
    const labels = Array.from({ length: count }, (_, image) => image % classes);
    const pixels = Uint8Array.from(
      { length: count * each },
      (_, i) => 20 + labels[Math.floor(i / each)]! * Math.floor(200 / classes) + i % 11,
    );
    const names = Array.from({ length: classes }, (_, label) => `shade ${label}`);
    return dataset({ name, split, classes: names, shape, pixels, labels });
  };
  const parts = { train: part("train", 96), test: part("test", 24) };
  return defineDataset({ name, facts: factsOf(parts), load: (split) => parts[split] });
}

const odd = shades("odd", [28, 28, 1], 3), wide = shades("wide", [48, 64, 3], 5);
const pgd = { attack: "pgd", ball: { norm: "linf", epsilon: 0.02 }, stepSize: 0.01, steps: 2 } as const;
const table: Table = {
  ...table1,
  name: "own",
  rows: { "None": { defense: "none" } },
  columns: {
    "Clean": { kind: "clean" },
    "PGD": { kind: "attack", attack: pgd, surrogate: "white-box" },
    "Black-box": { kind: "attack", attack: pgd, surrogate: "black-box" },
  },
};
const small: Profile = { ...tiny, name: "smaller", images: 192 };

for (const [kind, classes] of [[odd, 3], [wide, 5]] as const) {
  Deno.test(`reproduce() trains and measures on a data set of one's own, ${kind.facts.shape.join(" x ")}`, () =>
    withFolder(async (folder) => {
      const profile = { ...small };
      delete (profile as { dataset?: string }).dataset;
      const { rows, dataset } = await reproduce(table, { profile, folder, dataset: kind, examples: 8 });
      assertEquals(dataset, kind.name);
      for (const cell of Object.values(rows["None"]!)) assertEquals(cell.n, 8);
      for (const make of [classifierSpec, substituteSpec, parametricNoiseSpec]) {
        const { network, training } = make(small, kind.name, 1);
        assertEquals([network.classes, network.channels], [classes, kind.facts.shape[2]]);
        assertEquals([training.examples, training.batch], [96, 96]);
      }
    }));
}

Deno.test("the GCLN says where images can't be split into its blocks, and takes those that can", () => {
  const row = { q: 10 / 255, features: "classifier" } as const;
  assertThrows(
    () => gclnSpec(tiny, "odd", row, 1),
    RangeError,
    "Cannot clean the 28 × 28 images of odd with the GCLN: sides must be multiples of 8",
  );
  assertEquals(gclnSpec(tiny, "wide", row, 1).attacks.pool, 64);
  // deno-lint-ignore no-explicit-any -- what no compiler has looked at, as in a notebook
  const unchecked = (value: unknown) => value as any;
  assertThrows(() => gclnSpec(tiny, "wide", { ...row, q: NaN }, 1), RangeError, "Cannot use q NaN");
  assertThrows(() => gclnSpec(tiny, "wide", unchecked({ q: 10 / 255 }), 1), RangeError, "without features");
  assertThrows(() => classifierSpec(unchecked("quick"), "wide", 1), TypeError, "as profiles.quick");
  assertThrows(() => classifierSpec(tiny, "wide", NaN), RangeError, "Cannot use seed NaN");
  assertThrows(() => classifierSpec(tiny, "wyde", 1), RangeError, 'did you mean "wide"?');
});

Deno.test("reproduce() says that a row can't be measured before it measures others", () =>
  withFolder(async (folder) => {
    const rows = { ...table.rows, "Ours": { defense: "gcln", q: 10 / 255, features: "classifier" } } as const;
    const cells = { get: () => Promise.reject(new Error("Measured")) };
    await assertRejects(
      () => reproduce({ ...table, rows }, { profile: small, folder, dataset: "odd", cells }),
      RangeError,
      "Cannot clean the 28 × 28 images",
    );
  }));

Deno.test("reproduce() takes a folder of images as its data set", () =>
  withFolder(async (folder) => {
    for (const [place, count] of [["train", 20], ["test", 6]] as const) {
      for (const [name, level] of [["bright", 200], ["dark", 40]] as const) {
        const path = `${folder}/images/${place}/${name}`;
        await Deno.mkdir(path, { recursive: true });
        for (let i = 0; i < count; i++) {
          const pixels = Uint8Array.from({ length: 16 * 24 * 3 }, (_, k) => level + (i * 7 + k) % 31);
          await sharp(pixels, { raw: { width: 24, height: 16, channels: 3 } }).png().toFile(
            `${path}/${i}.png`,
          );
        }
      }
    }
    const options = {
      profile: small,
      folder,
      examples: 8,
      dataset: `folder:${folder}/images`,
      columns: ["Clean", "PGD"],
    };
    const { rows, dataset } = await reproduce(table, options);
    assert(dataset.startsWith("images"), dataset);
    assertEquals(Object.values(rows["None"]!).map(({ n }) => n), [8, 8]);
  }));

Deno.test("reproduce() names the data set that was meant, and says how paths are written", async () => {
  const measure = (dataset: string) => reproduce(table, { profile: tiny, dataset });
  await assertRejects(() => measure("wied"), RangeError, 'did you mean "wide"?');
  await assertRejects(() => measure("./photos"), RangeError, "folder:./photos");
  assertThrows(() => circumstancesOf(table1, { dataset: "ood" }), RangeError, '"odd"');
});

Deno.test("a profile of one's own is checked field by field", async () => {
  // deno-lint-ignore no-explicit-any -- what no compiler has looked at, as in a notebook
  const profile = (fields: object) => () => profileOf({ ...profiles.quick, ...fields } as any);
  assertThrows(profile({ exmaples: 3 }), RangeError, 'did you mean "examples"?');
  assertThrows(profile({ examples: 0.5 }), RangeError, "Cannot use examples 0.5");
  assertThrows(profile({ network: { width: 16, stem: 3 } }), RangeError, "Cannot use network");
  assertThrows(profile({ gcln: { pool: 8 } }), RangeError, "Cannot use gcln");
  assertThrows(profile({ alpha: undefined }), RangeError, "without alpha");
  assertThrows(() => profileOf("quikc" as "quick"), RangeError, 'did you mean "quick"?');
  assertEquals(profileOf(profiles.course), profiles.course);
  const wrong: object[] = [{ since: 5 }, { examples: 0 }, { seeds: 1.5 }, { seed: -1 }, { rows: "x" }, {
    row: ["x"],
  }];
  for (const options of wrong) await assertRejects(() => reproduce(table, options), RangeError);
  await assertRejects(() => reproduce({} as Table), TypeError, "a table (with rows and columns)");
});

Deno.test("a profile gives an attack the settings that a column leaves open, and no others", () =>
  withFolder(async (folder) => {
    const attack = { attack: "carliniWagner", norm: "linf", ball: { norm: "linf", epsilon: 0.02 } } as const;
    const columns: Table["columns"] = {
      "Open": { kind: "attack", attack, surrogate: "white-box" },
      "Own": { kind: "attack", attack: { ...attack, steps: 3 }, surrogate: "white-box" },
    };
    const profile: Profile = { ...small, dataset: "odd" };
    const { rows } = await reproduce({ ...table, columns }, { profile, folder, examples: 4 });
    assertEquals(Object.values(rows["None"]!).map(({ attack }) => attack!.steps), [2, 3]);
    assert(rows["None"]!["Open"]!.surrogate === "white-box");
  }));
