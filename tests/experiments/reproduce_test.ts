import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { streetDigits } from "@gcln/kit/data";
import { type CellCache, cellCache, interval, reported, seedInterval } from "@gcln/kit/evaluation";
import {
  classifierSpec,
  featureSqueezing,
  gclnSpec,
  type MeasuredRow,
  none,
  parametricNoise,
  specsOf,
} from "@gcln/kit/defenses";
import { kitState } from "../../lib/experiments/reproduce/kit_state.ts";
import {
  circumstancesOf,
  reproduce,
  type ReproduceOptions,
  type Table,
  table1,
  table2,
  table3,
  table4,
} from "@gcln/kit/experiments";
import { readMetadata } from "@gcln/kit/networks";
import { type Progress, tf, useBackend } from "@gcln/kit/tensor";
import { idOf, type TrainedSpec } from "@gcln/kit/training";
import { fewCells } from "./_small.ts";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();
const digits = await Promise.all([streetDigits("train"), streetDigits("test")]); // held: painted once

const NONE = "No Defense", OURS = "Our method (Qs = 10)";
const row = table1.rows[OURS] as Extract<MeasuredRow, { defense: "gcln" }>;
const specs = [classifierSpec(tiny, "street-digits", 1), gclnSpec(tiny, "street-digits", row, 1)] as const;

/** A cache that counts what is really measured. */
function counting(folder: string): CellCache & { measured: number } {
  const cells = cellCache({ folder: `${folder}/measured` });
  return {
    measured: 0,
    get(key, make, about) {
      return cells.get(key, () => (this.measured++, make()), about);
    },
  };
}

function options(folder: string, more: ReproduceOptions = {}): ReproduceOptions {
  return { profile: tiny, folder, rows: [NONE, OURS], columns: ["Clean", "FGS", "PGD"], ...more };
}

Deno.test("reproduce() measures rows by columns and sets the paper's numbers beside", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const result = await reproduce(table1, options(folder));
    assertEquals([result.experiment, result.profile, result.dataset], ["table1", "tiny", "street-digits"]);
    assertEquals(result.columns, ["Clean", "FGS", "PGD"]);
    assertEquals(Object.keys(result.rows), [NONE, OURS]);
    assertStringIncludes(result.caption, table1.title);
    for (const [row, cells] of Object.entries(result.rows)) {
      assertEquals(Object.keys(cells), result.columns);
      for (const [column, cell] of Object.entries(cells)) {
        const right = Math.round(cell.accuracy! * 12);
        assertEquals(cell.accuracy, right / 12);
        assertEquals(cell.interval, interval(right, 12));
        assertEquals([cell.n, cell.seeds, cell.quoted], [12, [1], false]);
        assertEquals(cell.reported, reported("table1").rows[row]!.values[column]);
        assert(cell.seconds! >= 0);
        const spec = table1.columns[column]!;
        assertEquals(cell.attack as unknown, spec.kind === "attack" ? spec.attack : undefined);
        assertEquals(cell.surrogate, spec.kind === "attack" ? "white-box" : undefined);
      }
    }
    assertEquals(result.rows[OURS]!["PGD"]!.zeroGradient, 1);
    assertEquals(result.rows[NONE]!["PGD"]!.zeroGradient, 0);
    // The exact gradient of rounding is zero: where nothing moves, nothing falls.
    assertEquals(result.rows[OURS]!["FGS"]!.accuracy, result.rows[OURS]!["Clean"]!.accuracy);

    const about = result.findings.map(({ severity, about }) => `${severity} ${about?.source} ${about?.row}`);
    assert(about.includes(`serious measured ${OURS}`));
    assert(about.includes(`serious reported ${OURS}`));
    assert(!about.includes(`serious measured ${NONE}`));
    assertStringIncludes(result.provenance.versions!.classifier!, "street-digits-resnet18-");
    assert(!Number.isNaN(Date.parse(result.provenance.date)));
    const { kit, commit } = await kitState();
    assertEquals([result.provenance.kit, result.provenance.commit], [kit, commit]);
    assertEquals(Object.keys(result.breaks!), [NONE]);
    assertEquals(result.breaks![NONE]![0], none.breaks.find(({ left }) => left === 0));
    assertEquals(JSON.parse(JSON.stringify(result)), result);
  }));

Deno.test("reproduce() repeats no cell, and leaves no tensor behind", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const cells = counting(folder), labels: string[] = [], count = tf.memory().numTensors;
    const progress = (label: string): Progress => (labels.push(label), { update() {}, done() {} });
    const first = await reproduce(table1, options(folder, { cells, progress }));
    assertEquals([cells.measured, labels.length], [6, 6]);
    assertEquals(labels[0], "No Defense, Clean");
    assertEquals(tf.memory().numTensors, count);
    const second = await reproduce(table1, options(folder, { cells, progress }));
    assertEquals([cells.measured, labels.length], [6, 6]);
    assertEquals({ ...second.rows, ...second.findings }, { ...first.rows, ...first.findings });
    // Another seed, other images or another column are other cells.
    await reproduce(table1, options(folder, { cells, columns: ["Clean", "BIM"] }));
    assertEquals(cells.measured, 8);
    await reproduce(table1, options(folder, { cells, examples: 5, rows: [NONE], columns: ["Clean"] }));
    assertEquals(cells.measured, 9);
  }));

Deno.test("reproduce() that was stopped goes on where it was", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const cells = counting(folder), stop = new AbortController();
    const progress = (label: string): Progress => ({
      update: () => label === "No Defense, PGD" && stop.abort(),
      done() {},
    });
    await assertRejects(
      () => reproduce(table1, options(folder, { cells, progress, signal: stop.signal })),
      DOMException,
    );
    assertEquals(cells.measured, 4); // three finished ones, and one that was stopped
    assertEquals([...Deno.readDirSync(`${folder}/measured`)].length, 3);
    await reproduce(table1, options(folder, { cells }));
    assertEquals(cells.measured, 7);
  }));

Deno.test("reproduce() takes the mean over seeds, and the worst case image by image from each", () =>
  withFolder(async (folder) => {
    const setting = circumstancesOf(fewCells, { profile: tiny, folder });
    for (const seed of [1, 2]) await leaveUntrained(folder, ...specsOf(row, { ...setting, seed }));
    const run = (more: ReproduceOptions) => reproduce(fewCells, { profile: tiny, folder, ...more });
    const both = await run({ seeds: 2 }), one = [await run({ seed: 1 }), await run({ seed: 2 })];
    for (const [head, cells] of Object.entries(both.rows)) {
      for (const [column, { accuracy, perSeed, seeds, n, gradientCalls }] of Object.entries(cells)) {
        const alone = one.map(({ rows }) => rows[head]![column]!);
        assertEquals([perSeed, seeds, n], [alone.map(({ accuracy }) => accuracy), [1, 2], 24]);
        assertAlmostEquals(accuracy!, (perSeed![0]! + perSeed![1]!) / 2, 1e-12);
        assertEquals(gradientCalls, alone[0]!.gradientCalls);
      }
    }
    assertEquals(both.rows["Ours"]!["PGD"]!.zeroGradient, 1);
  }));

Deno.test("reproduce() measures the rows of the profile's choice from all seeds and the others from the first, and says so", () =>
  withFolder(async (folder) => {
    const size = { seeds: 2, severalSeeds: ["None"] },
      profile = { ...tiny, experiments: { [fewCells.name]: size } };
    const setting = circumstancesOf(fewCells, { profile, folder });
    assertEquals(setting.seeds, [1, 2]);
    await leaveUntrained(folder, ...specsOf(row, setting), classifierSpec(profile, "street-digits", 2));
    const { rows, notes } = await reproduce(fewCells, { profile, folder });
    const of = (row: string, column: string) => rows[row]![column]!;
    assertEquals([of("None", "PGD").seeds, of("None", "PGD").n], [[1, 2], 24]);
    for (const column of ["PGD", "Worst case"]) {
      assertEquals([of("Ours", column).seeds, of("Ours", column).n], [[1], 12]);
    }
    // The noise of training is in the first interval alone.
    const [a, b] = of("None", "Clean").perSeed!;
    assertEquals(
      of("None", "Clean").interval,
      seedInterval([a!, b!].map((share) => ({ correct: Math.round(share * 12), n: 12 }))),
    );
    assertEquals(of("Ours", "Clean").interval, interval(Math.round(of("Ours", "Clean").accuracy! * 12), 12));
    assertEquals(notes, [
      "Seeds 1, 2: None. Seed 1: Ours. Intervals over several seeds hold the noise of the test images and that of training; " +
      "those of one seed hold that of the test images alone.",
    ]);
  }));

Deno.test("reproduce() measures the rows of the profile's choice on fewer images, and says so, unless images are asked for", () =>
  withFolder(async (folder) => {
    const experiments = { [fewCells.name]: { fewerExamples: { "None": 5 } } };
    const profile = { ...tiny, experiments };
    await leaveUntrained(folder, ...specsOf(row, circumstancesOf(fewCells, { profile, folder })));
    const { rows, notes } = await reproduce(fewCells, { profile, folder });
    assertEquals([rows["None"]!["PGD"]!.n, rows["None"]!["Worst case"]!.n, rows["Ours"]!["PGD"]!.n], [
      5,
      5,
      12,
    ]);
    assertEquals(notes, ["Measured on fewer images, since attacks on it take long: None (5)."]);
    const asked = await reproduce(fewCells, {
      profile,
      folder,
      examples: 8,
      rows: ["None"],
      columns: ["PGD"],
    });
    assertEquals([asked.rows["None"]!["PGD"]!.n, asked.notes], [8, undefined]);
  }));

Deno.test("reproduce() leaves out seeds and rows whose networks are missing where it is told to, and takes them later", () =>
  withFolder(async (folder) => {
    const run = () => reproduce(fewCells, { profile: tiny, folder, seeds: 2, untrained: "skip" });
    const classifier = (seed: number) => classifierSpec(tiny, "street-digits", seed);
    await leaveUntrained(folder, classifier(1));
    const first = await run();
    assertEquals(first.rows["None"]!["PGD"]!.seeds, [1]);
    assertEquals(first.rows["Ours"]!["PGD"], { accuracy: null, reported: null, quoted: false });
    assertEquals(first.notes, ["Not measured, since their networks are not trained yet: Ours."]);
    await leaveUntrained(folder, classifier(2));
    const cells = counting(folder),
      later = await reproduce(fewCells, {
        profile: tiny,
        folder,
        seeds: 2,
        untrained: "skip",
        cells,
      });
    assertEquals([later.rows["None"]!["PGD"]!.seeds, cells.measured], [[1, 2], 3]);
    assertEquals(later.rows["None"]!["PGD"]!.perSeed![0], first.rows["None"]!["PGD"]!.accuracy);
    assertEquals([...Deno.readDirSync(`${folder}/trained`)].length, 2); // nothing was trained
  }));

Deno.test("reproduce() keeps the cells of rows apart that stand on the same networks", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, specs[0]);
    const noise = parametricNoise();
    await leaveUntrained(folder, ...specsOf(noise, circumstancesOf(fewCells, { profile: tiny, folder })));
    const rows = {
      "None": none(),
      "Five bits": featureSqueezing(),
      "One bit": featureSqueezing({ bits: 1 }),
      "Mean": noise,
      "Single": parametricNoise({ scored: "single passes" }),
    };
    const keys = new Set<string>();
    const cells: CellCache = {
      get(key) {
        keys.add(JSON.stringify(key));
        // deno-lint-ignore no-explicit-any -- nothing is measured
        return Promise.resolve({ correct: [true], seconds: 1 } as any);
      },
    };
    await reproduce({ ...fewCells, rows }, { profile: tiny, folder, cells, columns: ["Clean", "PGD"] });
    assertEquals(keys.size, 10);
  }));

Deno.test("reproduce()'s worst case is below every column, those that are not shown included", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const { "Clean": clean, "FGS": fgs, "Oblivious PGD": oblivious, "BPDA PGD": bpda, "Worst case": worst } =
      table1.columns;
    const small: Table = {
      ...table1,
      columns: {
        "Clean": clean!,
        "FGS": fgs!,
        "Oblivious": oblivious!,
        "BPDA PGD": bpda!,
        "Worst case": worst!,
      },
    };
    const cells = counting(folder), base = { profile: tiny, folder, rows: [NONE, OURS], cells };
    const { rows } = await reproduce(small, base);
    for (const cells of Object.values(rows)) {
      for (const { accuracy } of Object.values(cells)) {
        assert(accuracy === null || cells["Worst case"]!.accuracy! <= accuracy);
      }
      assertEquals(cells["Worst case"]!.surrogate, "worst case");
    }
    assertEquals(rows[NONE]!["BPDA PGD"]!.accuracy, null); // nothing to pass straight through
    const count = cells.measured;
    const alone = await reproduce(small, { ...base, columns: ["Worst case"] });
    assertEquals(alone.columns, ["Worst case"]);
    assertEquals(alone.rows[OURS]!["Worst case"]!.accuracy, rows[OURS]!["Worst case"]!.accuracy);
    assertEquals(cells.measured, count);
  }));

Deno.test("reproduce() shows the paper's numbers of rows that are not measured yet, and needs no networks for them", () =>
  withFolder(async (folder) => {
    const pending: Table = { ...table1, rows: { "Feature Squeezing": { defense: "not measured yet" } } };
    const { rows, findings } = await reproduce(pending, { folder });
    const { quoted, values } = reported("table1").rows["Feature Squeezing"]!;
    for (const [column, cell] of Object.entries(rows["Feature Squeezing"]!)) {
      assertEquals(cell, { accuracy: null, reported: values[column] ?? null, quoted });
    }
    assert(findings.length > 0);
    for (const { about } of findings) {
      assertEquals([about?.source, about?.row], ["reported", "Feature Squeezing"]);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("reproduce() gives Carlini and Wagner's attack the profile's steps", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const { rows } = await reproduce(table1, options(folder, { rows: [NONE], columns: ["C&W"] }));
    assertEquals(rows[NONE]!["C&W"]!.attack!.steps, tiny.attacks!.carliniWagner!.steps);
  }));

Deno.test("reproduce() takes a table of one's own, which the paper says nothing of", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const mine: Table = { ...table1, name: "mine", rows: { "Mine": table1.rows[OURS]! } };
    const result = await reproduce(mine, options(folder, { rows: ["Mine"], columns: ["FGS"] }));
    assertEquals(result.experiment, "mine");
    assertEquals(result.rows["Mine"]!["FGS"]!.reported, null);
    assertEquals(result.findings.map(({ about }) => about?.source), ["measured"]);
  }));

Deno.test("reproduce() trains anew what it is told to, and measures it anew", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const only = options(folder, { rows: [OURS], columns: ["Clean"] });
    await reproduce(table1, only);
    const labels: string[] = [];
    const progress = (label: string): Progress => (labels.push(label), { update() {}, done() {} });
    await reproduce(table1, { ...only, retrain: true, progress });
    const [classifier, gcln] = [await idOf(specs[0]), await idOf(specs[1])];
    assertEquals(
      new Set(labels),
      new Set([
        `training ${classifier}`,
        `training ${gcln}`,
        "attacking 64 training images",
        `${OURS}, Clean`,
      ]),
    );
    assertEquals(labels.length, 4);
    for (const id of [classifier, gcln]) {
      const { record } = readMetadata(await Deno.readFile(`${folder}/trained/${id}.safetensors`));
      assertGreater(JSON.parse(record!).history.length, 0);
    }
    assertEquals(digits.map(({ split }) => split), ["train", "test"]);
  }));

Deno.test("reproduce() that trains anew goes on where it was stopped, and trains for several tables once", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const labels: string[] = [];
    const progress = (label: string): Progress => (labels.push(label), { update() {}, done() {} });
    const since = new Date(Date.now() + 1), anew = { retrain: true, since, progress };
    await new Promise((resolve) => setTimeout(resolve, 20)); // so that files from now on are newer
    const one = await reproduce(table1, options(folder, { ...anew, rows: [NONE], columns: ["Clean"] }));
    assertEquals(labels, [`training ${await idOf(specs[0])}`, `${NONE}, Clean`]);
    labels.length = 0;
    const two = await reproduce(table1, options(folder, { ...anew, columns: ["Clean"] }));
    assertEquals(labels.filter((label) => label.startsWith("training")), [
      `training ${await idOf(specs[1])}`,
    ]);
    assertEquals(labels.at(-1), `${OURS}, Clean`);
    assertEquals(two.rows[NONE], one.rows[NONE]);
    labels.length = 0;
    assertEquals((await reproduce(table1, options(folder, { ...anew, columns: ["Clean"] }))).rows, two.rows);
    assertEquals(labels, []);
  }));

Deno.test("reproduce() keeps with each cell how it came about, so that its networks can be made again", () =>
  withFolder(async (folder) => {
    await leaveUntrained(folder, ...specs);
    const table: Table = {
      ...table1,
      rows: { "Ours": table1.rows[OURS]! },
      columns: {
        "White-box": table1.columns["FGS"]!,
        "Black-box": {
          kind: "attack",
          surrogate: "black-box",
          attack: { attack: "fgs", ball: linf(8 / 255) },
        },
      },
    };
    const setting = circumstancesOf(table, { profile: tiny, folder });
    await leaveUntrained(folder, ...specsOf(row, setting, { threats: ["black-box"] }));
    const { provenance: { backend, data } } = await reproduce(table, { profile: tiny, folder });
    const files = [...Deno.readDirSync(`${folder}/measured`)].map(({ name }) =>
      JSON.parse(Deno.readTextFileSync(`${folder}/measured/${name}`))
    );
    assertEquals(files.length, 2);
    for (const { key, measurement, provenance } of files) {
      assertEquals(Object.keys(key), [
        ...["networks", "attack", "surrogate", "data", "profile", "backend", "seed", "code"],
      ]);
      assertEquals([key.data, key.profile, key.seed], [data, "tiny", 1]);
      assert(measurement.seconds >= 0 && measurement.passes.backward === 12);
      assertEquals(provenance.backend, backend);
      assertEquals(provenance.kit, (await kitState()).kit);
      assertEquals([provenance.versions.deno, provenance.versions["tensorflow.js"]], [
        Deno.version.deno,
        tf.version_core,
      ]);
      assert(!Number.isNaN(Date.parse(provenance.date)));
      assertEquals(Object.keys(provenance.networks), key.networks);
      for (const [id, spec] of Object.entries(provenance.networks)) {
        assertEquals(await idOf(spec as TrainedSpec), id);
      }
    }
  }));

Deno.test("reproduce() names what was probably meant where a name is not known", async () => {
  const message = async (options: ReproduceOptions): Promise<string> =>
    (await assertRejects(() => reproduce(table1, options), RangeError)).message;
  assertStringIncludes(
    await message({ rows: ["no defence"] }),
    'No row is called "no defence", did you mean "No Defense"?',
  );
  assertStringIncludes(
    await message({ columns: ["PDG"] }),
    'No column is called "PDG", did you mean "PGD"?',
  );
  assertStringIncludes(await message({ profile: "quik" as "quick" }), 'did you mean "quick"?');
  assertStringIncludes(await message({ dataset: "cifar" as "cifar10" }), 'did you mean "cifar10"?');
});

Deno.test("Every table attacks every row adaptively: by strongest, and image by image by all of its attacks", () => {
  for (const { name, columns } of [table1, table2, table3, table4]) {
    const strongest = Object.values(columns).filter((column) =>
      column.kind === "attack" && column.attack.attack === "strongest"
    );
    assertEquals(strongest.map((column) => "only" in column), [false], name);
    assertEquals(strongest.map((column) => column.kind === "attack" && column.surrogate), ["adaptive"], name);
    assert(Object.values(columns).some(({ kind }) => kind === "worst case"), name);
  }
});
