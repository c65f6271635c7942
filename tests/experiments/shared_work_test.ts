/** What several cells have in common is computed once: counted in passes. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import type { CellCache } from "@gcln/kit/evaluation";
import { classifierSpec, deploy, type MeasuredRow, networkStore, specsOf } from "@gcln/kit/defenses";
import {
  circumstancesOf,
  type Figure,
  figure2,
  type FigureCurve,
  reproduce,
  reproduceFigure,
  type Table,
  table1,
  visualise,
} from "@gcln/kit/experiments";
import { type Passes, passes, tf, useBackend } from "@gcln/kit/tensor";
import { idOf } from "@gcln/kit/training";
import { stepsAndRadii } from "./_small.ts";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();

const n = tiny.examples, ball = linf(8 / 255);
const pgd = { attack: "pgd", ball, stepSize: 1 / 255, steps: 4 } as const;
const none = { defense: "none" } as const,
  ours = { defense: "gcln", q: 10 / 255, features: "classifier" } as const;
const others = { ...ours, q: 5 / 255 } as const;

/** One classifier undefended and behind two cleaners; attackers who know it, a substitute, or all. */
const table: Table = {
  ...table1,
  name: "mine",
  rows: { "None": none, "Ours": ours, "Others": others },
  columns: {
    "Clean": { kind: "clean" },
    "White-box": { kind: "attack", attack: pgd, surrogate: "white-box" },
    "Oblivious": { kind: "attack", attack: pgd, surrogate: "oblivious" },
    "Black-box": { kind: "attack", attack: pgd, surrogate: "black-box" },
    "BPDA": { kind: "attack", attack: pgd, surrogate: "straight-through" },
    "BPDA, more": { kind: "attack", attack: { ...pgd, steps: 7 }, surrogate: "straight-through" },
  },
};

async function leaveNetworks(folder: string): Promise<void> {
  const setting = circumstancesOf(table, { profile: tiny, folder });
  for (const row of [none, ours, others]) {
    await leaveUntrained(folder, ...specsOf(row, setting, { threats: ["black-box"] }));
  }
}

/** Keeps no cell, but what each one took by itself, and in truth. */
function watched() {
  const spent: Passes[] = [], said: unknown[] = [];
  const cells: CellCache = {
    async get(_, make) {
      const before = passes(), measurement = await make(), { forward, backward } = passes();
      spent.push({ forward: forward - before.forward, backward: backward - before.backward });
      const { seconds: _seconds, ...found } = measurement;
      said.push(found);
      return measurement;
    },
  };
  return { cells, spent, said };
}

const total = (of: readonly Passes[], what: keyof Passes) => of.reduce((sum, each) => sum + each[what], 0);

Deno.test("reproduce() makes an attack on the classifier or the substitute once for all rows", () =>
  withFolder(async (folder) => {
    await leaveNetworks(folder);
    const { cells, spent, said } = watched(), before = tf.memory().numTensors;
    const { rows } = await reproduce(table, { profile: tiny, folder, cells });
    assertEquals(tf.memory().numTensors, before);
    // Row by row; a look at the zero gradients is one more pass back.
    const back = spent.map(({ backward }) => backward / n);
    assertEquals(back, [
      ...[0, 4 + 1, 4 + 1, 0, 3],
      ...[0, 4 + 1, 0, 0, 4 + 1, 3],
      ...[0, 4 + 1, 0, 0, 4 + 1, 3],
    ]);
    // A cell tells what its attack takes, whoever was first; and so does the table.
    const gradients = Object.values(rows).map((cells) =>
      Object.values(cells).map(({ gradientCalls }) => gradientCalls)
    );
    assertEquals(gradients, [
      [undefined, 4, undefined, 4, 4, 7],
      [undefined, 4, 4, 4, 4, 7],
      [undefined, 4, 4, 4, 4, 7],
    ]);
    assertEquals(total(spent, "forward") / n, total(spent, "backward") / n + said.length);
  }));

Deno.test("reproduce() finds the same cell by cell, with nothing in common", () =>
  withFolder(async (folder) => {
    await leaveNetworks(folder);
    const together = watched(), apart = watched(), base = { profile: tiny, folder };
    await reproduce(table, { ...base, cells: together.cells });
    for (const row of Object.keys(table.rows)) {
      for (const column of Object.keys(table.columns)) {
        await reproduce(table, { ...base, cells: apart.cells, rows: [row], columns: [column] });
      }
    }
    assertEquals(together.said, apart.said);
    assertLess(total(together.spent, "backward"), 0.6 * total(apart.spent, "backward"));
  }));

Deno.test("reproduceFigure() makes an oblivious attack once for all q", () =>
  withFolder(async (folder) => {
    await leaveNetworks(folder);
    const { cells, spent } = watched(), before = tf.memory().numTensors;
    const figure: Figure = {
      name: "mine",
      title: "Quantization",
      dataset: "cifar10",
      panels: {
        left: {
          title: "Quantization",
          x: "q",
          curves: {
            "Oblivious": {
              over: "q",
              at: [5 / 255, 10 / 255],
              defense: { defense: "gcln", features: "classifier" },
              column: { kind: "attack", attack: pgd, surrogate: "oblivious" },
            },
          },
        },
      },
    };
    await reproduceFigure(figure, { profile: tiny, folder, cells });
    assertEquals(spent.map(({ backward }) => backward / n), [4 + 1, 0]);
    assertEquals(tf.memory().numTensors, before);
  }));

/** Which networks' weights are read from a folder while something runs, as often as they are. */
async function weightsRead(folder: string, run: () => Promise<unknown>): Promise<string[]> {
  const read: string[] = [], { readFile } = Deno;
  Deno.readFile = (path, options) => {
    const network = /([^/]+)\.safetensors$/.exec(`${path}`)?.[1];
    if (`${path}`.startsWith(folder) && network !== undefined) read.push(network);
    return readFile(path, options);
  };
  try {
    await run();
  } finally {
    Deno.readFile = readFile;
  }
  return read;
}

Deno.test("reproduceFigure() loads each network once for all curves and panels", () =>
  withFolder(async (folder) => {
    const setting = circumstancesOf(stepsAndRadii, { profile: tiny, folder });
    const noise = { defense: "parametric noise" } as const, rows = [none, ours, noise];
    for (const row of rows) await leaveUntrained(folder, ...specsOf(row, setting));
    const { left, right } = stepsAndRadii.panels, name = (row: MeasuredRow) => row.defense;
    const bySteps = left!.curves["None"]!, byRadius = right!.curves["None"]!;
    const curvesOf = (curve: FigureCurve) =>
      Object.fromEntries(
        rows.map((defense) => [name(defense), { ...curve, at: [curve.at[0]!], defense } as FigureCurve]),
      );
    const figure: Figure = {
      ...stepsAndRadii,
      panels: {
        left: { ...left!, curves: curvesOf(bySteps) },
        right: { ...right!, curves: curvesOf(byRadius) },
      },
    };
    const specs = rows.map((row) => specsOf(row, setting).at(-1)!);
    const ids = await Promise.all(specs.map(idOf)), before = tf.memory().numTensors;
    const read = await weightsRead(folder, () => reproduceFigure(figure, { profile: tiny, folder }));
    assertEquals(read, ids);
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("visualise() loads each network once", () =>
  withFolder(async (folder) => {
    const setting = circumstancesOf(figure2, { profile: tiny, folder }), specs = specsOf(ours, setting);
    await leaveUntrained(folder, ...specs);
    const read = await weightsRead(folder, async () => {
      const figure = { ...figure2, rows: { "Ours": ours } }, columns = ["Oblivious PGD"];
      (await visualise(figure, { profile: tiny, folder, columns, count: 1 })).dispose();
    });
    const [classifier] = specs, cleaner = specs.at(-1)!;
    assertEquals(read, [await idOf(classifier!), await idOf(cleaner)]);
  }));

Deno.test("deploy() takes networks that are shared, and leaves them to who shares them", () =>
  withFolder(async (folder) => {
    await leaveNetworks(folder);
    const setting = circumstancesOf(table, { profile: tiny, folder }), before = tf.memory().numTensors;
    const networks = networkStore(), options = { ...setting, networks };
    const one = await deploy(none, setting, options), two = await deploy(ours, setting, options);
    assertEquals(one.victim, await two.surrogate("oblivious"));
    assertEquals(await one.surrogate("black-box"), await two.surrogate("black-box"));
    const again = await deploy(ours, setting, options);
    assert(again.cleaner === two.cleaner);
    assertEquals([networks.has(one.victim), networks.has(two.victim)], [true, false]);
    for (const defense of [again, two, one]) defense.dispose();
    const classifier = await networks.load(classifierSpec(tiny, "street-digits", 1), setting.training);
    assertEquals(Object.values(classifier.parameters).some(({ isDisposed }) => isDisposed), false);
    networks.dispose();
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("a row that another process is at is measured last, with a sign for other processes", () =>
  withFolder(async (folder) => {
    await leaveNetworks(folder);
    const order: string[] = [],
      held: string[] = [],
      isNone = (key: unknown) => JSON.stringify(key).includes('"none"');
    const cells: CellCache = {
      async get(_, make, about) {
        const { networks } = about!;
        order.push(Object.values(networks).some(({ kind }) => kind === "gcln") ? "gcln" : "none");
        return await make();
      },
      // The first row is another process's: the sign is on all its cells together, which have no name of a network.
      isBusy: (key) => Promise.resolve("allOf" in (key as object) && isNone(key)),
      async busyWith(key, work) {
        held.push(isNone(key) ? "none" : "gcln");
        return await work();
      },
    };
    const { rows } = await reproduce(table, {
      profile: tiny,
      folder,
      cells,
      columns: ["Clean", "White-box"],
    });
    assertEquals(order, ["gcln", "gcln", "gcln", "gcln", "none", "none"]);
    assertEquals(held, ["gcln", "gcln"]); // and none where another one has its sign
    assertEquals(Object.keys(rows), ["None", "Ours", "Others"]);
    assert(Object.values(rows).every((row) => Object.values(row).every(({ accuracy }) => accuracy !== null)));
  }));
