import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exercise, notebookExercises } from "@gcln/kit/course";
import { type Cell, interval, recorded, type Result } from "@gcln/kit/evaluation";
import { streetDigits } from "@gcln/kit/data";

/** A measured table with one row and these columns, after one that comes with the kit. */
async function table(columns: Readonly<Record<string, Partial<Cell>>>): Promise<Result> {
  const result = await recorded("table1");
  const cell = { accuracy: 0.5, n: 200, reported: null, quoted: false };
  const cells = Object.entries(columns).map(([head, facts]) => [head, { ...cell, ...facts }]);
  return { ...result, rows: { "Our method (Qs = 10)": Object.fromEntries(cells) } };
}

const ball = (epsilon: number) => ({ norm: "linf", epsilon });
const pgd = (steps: number, epsilon = 8 / 255) => ({ attack: "pgd", steps, ball: ball(epsilon) });

async function hint(number: string, answer: unknown): Promise<string> {
  const { right, message } = await exercise(number, answer);
  assertEquals(right, false, message);
  return message;
}

async function solves(number: string, answer: unknown): Promise<string> {
  const { right, message } = await exercise(number, answer);
  assertEquals(right, true, message);
  return message;
}

Deno.test("exercises that ask for a table look at its attacks and gradients, and repeat its numbers", async () => {
  const asked = {
    "table1.1": { a: { attack: pgd(100), surrogate: "oblivious" } },
    "table1.2": { a: { attack: { attack: "carliniWagner" }, surrogate: "straight-through" } },
    "table2.1": {
      a: { attack: pgd(100, 0.015), surrogate: "straight-through" },
      b: { attack: pgd(100, 0.015), surrogate: "identity" },
    },
    "table3.1": {
      a: { attack: pgd(10), surrogate: "black-box" },
      b: { attack: pgd(100), surrogate: "black-box" },
      c: { attack: { attack: "momentum", steps: 10 }, surrogate: "black-box" },
    },
    "table4.2": { a: { attack: pgd(100), surrogate: "straight-through" } },
    "defenses.1": { a: { attack: { attack: "strongest" }, surrogate: "adaptive" } },
  };
  for (const [number, columns] of Object.entries(asked)) {
    assertStringIncludes(await solves(number, await table(columns)), "Our method (Qs = 10), a: 50.0 %");
    assertStringIncludes(await hint(number, {}), "no measured table");
    for (const left of Object.keys(columns)) {
      const rest = Object.fromEntries(Object.entries(columns).filter(([head]) => head !== left));
      await hint(number, await table({ other: { attack: { attack: "fgs" } }, ...rest }));
      const empty = { [left]: { ...columns[left as keyof typeof columns] as Cell, accuracy: null } };
      await hint(number, await table({ ...columns, ...empty }));
    }
  }
});

Deno.test("exercises that ask for a table tell what is wrong with a column", async () => {
  const oblivious = await table({ a: { attack: pgd(10), surrogate: "oblivious" } });
  assertStringIncludes(await hint("table1.1", oblivious), "fewer than 100 steps");
  const exact = await table({ a: { attack: { attack: "carliniWagner" }, surrogate: "white-box" } });
  assertStringIncludes(await hint("table1.2", exact), 'needs `surrogate: "straight-through"`');
  const larger = await table({ a: { attack: pgd(100, 0.05), surrogate: "straight-through" } });
  assertStringIncludes(await hint("table4.2", larger), "another ball");
});

Deno.test("exercise table1.3 takes the ratio of two intervals", async () => {
  const width = (n: number) => interval(0.5 * n, n)[1] - interval(0.5 * n, n)[0];
  await solves("table1.3", width(200) / width(1000));
  assertStringIncludes(await hint("table1.3", 5), "with a root");
  assertStringIncludes(await hint("table1.3", 1 / 5 ** 0.5), "other way round");
  await hint("table1.3", 3);
});

Deno.test("exercise table2.2 compares defenses at the strongest attack of each", async () => {
  await solves("table2.2", ["Worst case", "Worst case"]);
  await solves("table2.2", ["Strongest", "Strongest"]);
  assertStringIncludes(await hint("table2.2", ["BPDA identity", "Strongest"]), "Our method (Qs = 10)");
  assertStringIncludes(await hint("table2.2", ["Strongest", "BPDA identity"]), "no gradient to replace");
  assertStringIncludes(await hint("table2.2", ["Strongest", "Clean"]), "PGD Adversarial Training");
  assertStringIncludes(await hint("table2.2", ["Strongest", "Best"]), 'no column "Best"');
  await hint("table2.2", ["Strongest"]);
});

Deno.test("exercise table4.1 takes the bounds that two accuracies leave for their worst case", async () => {
  const [clean, white, black] = [0.96, 0.938, 0.8869];
  await solves("table4.1", [white + black - clean, black]);
  assertStringIncludes(await solves("table4.1", [white + black - 1, black]), "a little tighter");
  assertStringIncludes(await hint("table4.1", [0, black]), "not zero");
  assertStringIncludes(await hint("table4.1", [0.5, black]), "falls to both");
  assertStringIncludes(await hint("table4.1", [0.5, white]), "upper end");
  assertStringIncludes(await hint("table4.1", [86, 88.69]), "percent");
  assertStringIncludes(await hint("table4.1", [0.9, 0.8]), "lower one first");
});

Deno.test("exercise figure3.3 takes the number of images that part two intervals, give or take a tenth", async () => {
  let images = 100;
  while (interval(0.53 * images, images)[0] <= interval(0.51 * images, images)[1]) images += 10;
  assert(images > 9000 && images < 10_000);
  for (const near of [images, 0.95 * images, 1.05 * images]) await solves("figure3.3", near);
  assertStringIncludes(await hint("figure3.3", images / 4), "an interval of its own");
  assertStringIncludes(await hint("figure3.3", 2 * images), "fewer are enough");
  assertStringIncludes(await hint("figure3.3", 500), "larger n");
  assertStringIncludes(await hint("figure3.3", 0.02), "A number of images");
});

Deno.test("exercise figure4.3 takes the share of the most frequent class", async () => {
  const { labels } = (await streetDigits("test")).take(200), counts = new Array(10).fill(0);
  for (const label of labels) counts[label]++;
  await solves("figure4.3", Math.max(...counts) / 200);
  assertStringIncludes(await hint("figure4.3", 0.1), "not equally frequent");
  assertStringIncludes(await hint("figure4.3", 12), "percent");
  await hint("figure4.3", 0.5);
});

Deno.test("every exercise of the notebooks is asked in the notebook that its number names", async () => {
  for (const { number } of notebookExercises.flat()) {
    const text = await Deno.readTextFile(`notebooks/${number.split(".")[0]}.ipynb`);
    assert(text.includes(`exercise(\\"${number}\\"`), number);
  }
});
