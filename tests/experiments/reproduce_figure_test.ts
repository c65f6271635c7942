import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { streetDigits } from "@gcln/kit/data";
import {
  type CellCache,
  cellCache,
  checklist,
  type PanelsResult,
  securityCurve,
  seedInterval,
} from "@gcln/kit/evaluation";
import { deploy, type MeasuredRow, specsOf } from "@gcln/kit/defenses";
import {
  circumstancesOf,
  type Figure,
  figure3,
  figure4,
  type FigureCurve,
  reproduce,
  reproduceFigure,
  type ReproduceFigureOptions,
  type Table,
  table1,
  traitsIn,
} from "@gcln/kit/experiments";
import { fold, tf, useBackend } from "@gcln/kit/tensor";
import { facts } from "./_killed.ts";
import { stepsAndRadii } from "./_small.ts";
import { leaveUntrained, tiny, withFolder } from "./_untrained.ts";

await useBackend();
const digits = await streetDigits("test"); // held: painted once
const none: MeasuredRow = { defense: "none" };
const ours: MeasuredRow = { defense: "gcln", q: 10 / 255, features: "classifier" };
const pgd = { attack: "pgd", ball: { norm: "linf", epsilon: 8 / 255 }, stepSize: 1 / 255 } as const;

async function leaveAll(folder: string, rows: readonly MeasuredRow[], seeds = [1]): Promise<void> {
  const setting = circumstancesOf(figure4, { profile: tiny, folder });
  for (const seed of seeds) {
    for (const row of rows) await leaveUntrained(folder, ...specsOf(row, { ...setting, seed }));
  }
}

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

function options(folder: string, more: ReproduceFigureOptions = {}): ReproduceFigureOptions {
  return { profile: tiny, folder, ...more };
}

Deno.test("reproduceFigure() gives a point for each place, with its circumstances", () =>
  withFolder(async (folder) => {
    await leaveAll(folder, [none, ours]);
    const result = await reproduceFigure(stepsAndRadii, options(folder));
    assertEquals([result.experiment, result.profile, result.dataset], ["small", "tiny", "street-digits"]);
    const { left, right } = result.panels;
    assertEquals(Object.keys(left!.series), ["None", "Ours"]);
    for (const [name, points] of Object.entries(left!.series)) {
      assertEquals(points.map(({ x, attack }) => [x, attack!.steps]), [[1, 1], [3, 3], [6, 6]]);
      for (const { x, accuracy, n, seeds, interval, gradientCalls, zeroGradient } of points) {
        assertEquals([n, seeds], [12, [1]]);
        assert(interval![0] <= accuracy! && accuracy! <= interval![1]);
        assertEquals(gradientCalls, x);
        assertEquals(zeroGradient, name === "Ours" ? 1 : 0);
      }
    }
    const { "None": points } = right!.series;
    assertEquals(points!.map(({ x, attack }) => [x, attack!.ball!.epsilon]), [[0.01, 0.01], [0.5, 0.5]]);
    assertEquals([right!.scale, right!.chance], ["log", 0.1]);
    assertEquals(JSON.parse(JSON.stringify(result)), result);
  }));

Deno.test("reproduceFigure()'s points over steps are the cells of attacks of so many steps", () =>
  withFolder(async (folder) => {
    await leaveAll(folder, [none]);
    const at = stepsAndRadii.panels["left"]!.curves["None"]!.at;
    const table: Table = {
      ...table1,
      rows: { "None": none },
      columns: Object.fromEntries(
        at.map((
          steps,
        ) => [`${steps}`, { kind: "attack", surrogate: "white-box", attack: { ...pgd, steps } }]),
      ),
    };
    const only = { panels: ["left"], curves: ["None"] };
    const curve = await reproduceFigure(
      stepsAndRadii,
      options(`${folder}`, { ...only, cells: counting(folder) }),
    );
    const apart = await reproduce(table, {
      profile: tiny,
      folder,
      cells: cellCache({ folder: `${folder}/other` }),
    });
    const accuracies = curve.panels["left"]!.series["None"]!.map(({ accuracy }) => accuracy);
    assertEquals(accuracies, at.map((steps) => apart.rows["None"]![steps]!.accuracy));
    // So whichever comes first, the other finds them in the cache.
    const cells = counting(folder);
    assertEquals(
      (await reproduce(table, { profile: tiny, folder, cells })).rows["None"]!["6"]!.gradientCalls,
      6,
    );
    assertEquals(cells.measured, 0);
  }));

Deno.test("reproduceFigure()'s points over the radius are those of securityCurve() that shows everyone", () =>
  withFolder(async (folder) => {
    await leaveAll(folder, [none]);
    const { at, ...curve } = stepsAndRadii.panels["right"]!.curves["None"]!;
    assert(curve.over === "epsilon");
    const { panels } = await reproduceFigure(stepsAndRadii, options(folder, { panels: ["right"] }));
    const setting = circumstancesOf(stepsAndRadii, { profile: tiny, folder });
    const who = await deploy(none, setting, setting);
    const test = digits.take(tiny.examples, { seed: fold(1, "test") });
    const points = await securityCurve(who.victim, test, curve.attack, {
      epsilons: at,
      shown: "everyone",
      seed: fold(1, "measure"),
    });
    who.dispose();
    assertEquals(
      panels["right"]!.series["None"]!.map(({ x, accuracy, interval }) => [x, accuracy, interval]),
      points.map(({ epsilon, accuracy, interval }) => [epsilon, accuracy, interval]),
    );
  }));

Deno.test("reproduceFigure() has a network for each q, and the paper's numbers where they lie on a curve", () =>
  withFolder(async (folder) => {
    const { left } = figure3.panels, at = [5, 10, 20].map((qs) => qs / 255);
    const curve = left!.curves["Our method"]!;
    assert(curve.over === "q" && curve.column.kind === "attack");
    const short = { ...curve, at, column: { ...curve.column, attack: { ...pgd, steps: 2 } } } as const;
    const figure: Figure = { ...figure3, panels: { left: { ...left!, curves: { "Our method": short } } } };
    await leaveAll(folder, at.map((q) => ({ ...curve.defense, q })));
    const keys: { networks: string[] }[] = [];
    const { panels, notes } = await reproduceFigure(
      figure,
      options(folder, { cells: { get: (key, make) => (keys.push(key as typeof keys[0]), make()) } }),
    );
    assertEquals(panels["left"]!.series["Our method"]!.map(({ x, reported }) => [x, reported]), [
      [5, 0.51],
      [10, 0.53],
      [20, null],
    ]);
    assertEquals(keys.map(({ networks }) => /gcln-(q\d+)/.exec(networks[1]!)![1]), ["q5", "q10", "q20"]);
    assertStringIncludes(notes!.join(), "prints no points");
  }));

Deno.test("reproduceFigure() takes the mean over seeds, each with networks and images of its own", () =>
  withFolder(async (folder) => {
    await leaveAll(folder, [none, ours], [1, 2, 3]);
    const only = { panels: ["left"] };
    const all = await reproduceFigure(stepsAndRadii, options(folder, { ...only, seeds: 3 }));
    const one = await Promise.all(
      [1, 2, 3].map((seed) => reproduceFigure(stepsAndRadii, options(folder, { ...only, seed }))),
    );
    for (const [name, points] of Object.entries(all.panels["left"]!.series)) {
      for (const [i, { accuracy, perSeed, seeds, n, interval }] of points.entries()) {
        const alone = one.map(({ panels }) => panels["left"]!.series[name]![i]!.accuracy!);
        assertEquals([perSeed, seeds, n], [alone, [1, 2, 3], 36]);
        const tallies = alone.map((share) => ({ correct: Math.round(12 * share), n: 12 }));
        assertEquals(accuracy, tallies.reduce((sum, { correct }) => sum + correct, 0) / 36);
        assertEquals(interval, seedInterval(tallies));
      }
    }
    const images = new Set(one.map(({ provenance }) => provenance.data));
    assertEquals(images.size, 3);
    assertEquals(all.provenance.data, [...images].join(", "));
    assertNotEquals(one[0]!.provenance.versions, one[1]!.provenance.versions);
  }));

Deno.test("reproduceFigure() doubts its panels' points under the panel's name", () =>
  withFolder(async (folder) => {
    await leaveAll(folder, [none, ours]);
    const { findings } = await reproduceFigure(stepsAndRadii, options(folder));
    const masked = findings.find(({ about }) => about?.row === "Ours" && about.table === "small-left");
    assertEquals([masked!.severity, masked!.about!.column], ["serious", "1"]);
    assertStringIncludes(masked!.message, "under iterations = 1, 3 and 6");
    const end = findings.find(({ message }) => message.includes("down to guessing"));
    assertEquals([end!.severity, end!.about], ["note", { source: "measured", table: "small-right" }]);
  }));

Deno.test("reproduceFigure() that is stopped at random moments goes on to the identical result", () =>
  withFolder(async (folder) => {
    await leaveAll(folder, [none, ours]);
    const whole = await reproduceFigure(stepsAndRadii, options(folder));
    const count = tf.memory().numTensors;
    for (const trial of [0, 1]) {
      const cells = cellCache({ folder: `${folder}/trial${trial}` });
      let stopped = 0, result: PanelsResult | undefined;
      while (result === undefined) {
        const stop = new AbortController();
        let left = 2 * stopped + fold(trial, "stop", stopped) % 3; // another moment each time, and in the end none
        const look = () => left-- <= 0 && stop.abort();
        const progress = () => ({ update: look, done: look });
        const told = options(folder, { cells, progress, signal: stop.signal });
        result = await reproduceFigure(stepsAndRadii, told).catch((error) => {
          assert(error instanceof DOMException, error);
          stopped++;
          return undefined;
        });
      }
      assert(stopped > 1);
      assertEquals(facts(result), facts(whole));
      assertEquals(tf.memory().numTensors, count);
    }
  }));

Deno.test("reproduceFigure() tells of attacks on a random defense through how many draws they go", () =>
  withFolder(async (folder) => {
    const noise: MeasuredRow = { defense: "parametric noise" }, { left } = stepsAndRadii.panels;
    await leaveAll(folder, [noise]);
    const curve = { ...left!.curves["None"]!, defense: noise } as FigureCurve;
    const figure: Figure = { ...stepsAndRadii, panels: { left: { ...left!, curves: { "PNI": curve } } } };
    const result = await reproduceFigure(figure, options(folder)), { panels, dataset } = result;
    for (const { attack } of panels["left"]!.series["PNI"]!) {
      assertEquals(attack!["eot"], { draws: 8, average: "logits", redrawn: "never" });
    }
    const [list] = checklist({ ...panels["left"]!, dataset }, { traits: traitsIn(figure) });
    assertEquals(list!.items.find(({ item }) => item.includes("(EOT)"))!.status, "holds");
  }));

Deno.test("reproduceFigure() follows no attack step by step that restarts or stops on success", () =>
  withFolder(async (folder) => {
    await leaveAll(folder, [none]);
    const { left } = stepsAndRadii.panels, curve = left!.curves["None"]!;
    assert(curve.over === "steps");
    for (const more of [{ restarts: 2 }, { stop: "on success" }]) {
      const attack = { ...curve.attack, ...more } as typeof curve.attack;
      const panels = { left: { ...left!, curves: { "None": { ...curve, attack } } } };
      await assertRejects(
        () => reproduceFigure({ ...stepsAndRadii, panels }, options(folder)),
        RangeError,
        "one run to its end is wanted",
      );
    }
  }));

Deno.test("reproduceFigure() names what was probably meant where a name is not known", async () => {
  const message = async (options: ReproduceFigureOptions): Promise<string> =>
    (await assertRejects(() => reproduceFigure(figure4, options), RangeError)).message;
  assertStringIncludes(await message({ panels: ["rigth"] }), 'did you mean "right"?');
  assertStringIncludes(await message({ curves: ["Our metod"] }), 'did you mean "Our method"?');
  assertStringIncludes(await message({ seeds: 0 }), "Cannot use seeds 0");
});

Deno.test("reproduce() says what is wrong with a panel or a curve, before anything is measured", async () => {
  const curve = stepsAndRadii.panels["left"]!.curves["None"]!, panel = { title: "Steps", x: "steps" };
  const message = async (panels: object): Promise<string> => {
    const figure = { ...stepsAndRadii, panels } as Figure;
    return (await assertRejects(() => reproduce(figure, { profile: tiny }), Error)).message;
  };
  const ofCurve = (given: unknown) => message({ left: { ...panel, curves: { "A": given } } });
  assertStringIncludes(await message({}), "without panels");
  assertStringIncludes(await message({ left: {} }), 'Cannot run panel "left" without title');
  assertStringIncludes(
    await message({ left: { ...panel, curves: {}, scale: "logs" } }),
    'did you mean "log"?',
  );
  assertStringIncludes(await ofCurve(undefined), 'Cannot measure curve "A", which is undefined');
  assertStringIncludes(await ofCurve({ ...curve, over: "step" }), 'did you mean "steps"?');
  assertStringIncludes(await ofCurve({ ...curve, at: 3 }), "Cannot use at 3: a list of at least 1");
  assertStringIncludes(await ofCurve({ ...curve, att: 3 }), 'did you mean "attack"?');
  assertStringIncludes(await ofCurve({ ...curve, surrogate: undefined }), 'curve "A" without surrogate');
});
