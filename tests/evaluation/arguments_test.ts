/** What functions that measure say of arguments that can't be right, in plain JavaScript. */
import { assertRejects, assertThrows } from "@std/assert";
import { linf } from "@gcln/kit/attacks";
import { dataset } from "@gcln/kit/data";
import * as evaluation from "@gcln/kit/evaluation";
import { type Images, type Logits, useBackend } from "@gcln/kit/tensor";

await useBackend();

// deno-lint-ignore no-explicit-any -- as in a notebook, where nothing is type-checked
const loose = evaluation as any;
const victim = (images: Images) => images.reshape([-1, 2]) as Logits;
const pixels = Uint8Array.of(200, 100, 100, 200), labels = Uint8Array.of(0, 1);
const data = dataset({ name: "pair", split: "test", classes: ["a", "b"], shape: [1, 1, 2], pixels, labels });
const bim = { attack: "bim", ball: linf(0.1), stepSize: 0.05, steps: 2 } as const;

/** Each function with options that are right, and whether it takes a batch too. */
const functions: Readonly<
  Record<string, readonly [(data: unknown, more?: object, victim?: unknown) => Promise<unknown>, boolean]>
> = {
  measure: [(data, more, who = victim) => loose.measure(who, data, { seed: 0, ...more }), false],
  robustness: [(data, more, who = victim) => loose.robustness(who, data, { bim }, { ...more }), false],
  securityCurve: [
    (data, more, who = victim) => loose.securityCurve(who, data, bim, { epsilons: [0.1], ...more }),
    false,
  ],
  stepCurve: [(data, more, who = victim) => loose.stepCurve(who, data, bim, { steps: [1], ...more }), false],
  indicators: [
    (data, more, who = victim) => loose.indicators(who, data, { attack: bim, draws: 2, ...more }),
    true,
  ],
  zeroGradientShare: [(data, more, who = victim) => loose.zeroGradientShare(who, data, { ...more }), false],
};

for (const [name, [call, takesBatch]] of Object.entries(functions)) {
  Deno.test(`${name}() says what it wants`, async () => {
    await call(data);
    await assertRejects(() => call(data, { bach: 10 }), RangeError, 'did you mean "batch"?');
    for (const batch of [0, -1, 1.5, NaN, "10"]) {
      await assertRejects(() => call(data, { batch }), RangeError, "a whole number of at least 1 is wanted");
    }
    await assertRejects(() => call(data, {}, "victim"), RangeError, "a function is wanted");
    await assertRejects(() => call(3), TypeError, "data set");
    await assertRejects(() => call(undefined), TypeError, "data set");
    await assertRejects(() => call(data.take(0)), RangeError, "no images: pair has none left");
    if (!takesBatch) await assertRejects(() => call(data.all()), TypeError, "a data set is wanted");
  });
}

Deno.test("measure() and robustness() say which words and records they want", async () => {
  await assertRejects(() => loose.measure(victim, data, {}), RangeError, "without seed");
  await assertRejects(() => loose.measure(victim, data), TypeError, "an object of options");
  await assertRejects(
    () => loose.measure(victim, data, { seed: 0, stop: "on sucess" }),
    RangeError,
    '"on success"',
  );
  await assertRejects(() => loose.measure(victim, data, { seed: 0.5 }), RangeError, "whole number");
  await assertRejects(
    () => loose.robustness(victim, data, { bim }, { shown: "survivor" }),
    RangeError,
    '"survivors"?',
  );
  await assertRejects(
    () => loose.robustness(victim, data, undefined),
    RangeError,
    "a record of specs by name",
  );
  await assertRejects(
    () => loose.robustness(victim, data, { bim }, { surrogates: { bim: 3 } }),
    RangeError,
    'surrogate "bim"',
  );
});

Deno.test("Specs that can't be right are refused before anything is attacked", async () => {
  const ball = linf(0.1), measured = (attack: unknown) => loose.measure(victim, data, { seed: 0, attack });
  await assertRejects(() => measured("pgd"), RangeError, "a spec such as");
  await assertRejects(() => measured({ ball }), TypeError, "a spec is wanted");
  for (const run of [measured, (attack: unknown) => loose.robustness(victim, data, { attack })]) {
    await assertRejects(
      () => run({ attack: "pdg", ball, stepSize: 0.1, steps: 1 }),
      RangeError,
      'did you mean "pgd"?',
    );
    await assertRejects(
      () => run({ attack: "pgd", ball, stepsize: 0.1, steps: 1 }),
      RangeError,
      '"stepSize"?',
    );
    await assertRejects(
      () => run({ attack: "pgd", ball: { norm: "linf", epsilon: NaN }, stepSize: 0.1, steps: 1 }),
      RangeError,
    );
    await assertRejects(
      () => run({ attack: "pgd", ball: { norm: "linf", epsilon: -1 }, stepSize: 0.1, steps: 1 }),
      RangeError,
    );
  }
  const apgd = { attack: "apgd", ball, steps: 2 };
  await assertRejects(
    () => loose.stepCurve(victim, data, apgd, { steps: [1] }),
    RangeError,
    "Cannot look at APGD",
  );
  const square = { attack: "square", ball, queries: 2 };
  await assertRejects(() => loose.indicators(victim, data, { attack: square }), RangeError, "step by step");
});

Deno.test("Curves say which places they want", async () => {
  for (const steps of [[], [2, 1], [1, 1], [-1], [1.5], ["1"], 3]) {
    await assertRejects(() => functions["stepCurve"]![0](data, { steps }), RangeError, "wanted");
  }
  for (const epsilons of [[], [NaN], [-1], [Infinity], 0.1]) {
    await assertRejects(() => functions["securityCurve"]![0](data, { epsilons }), RangeError, "wanted");
  }
  await assertRejects(
    () => functions["securityCurve"]![0](data, { epsilons: [0.2, 0.1] }),
    RangeError,
    "have to rise",
  );
  assertThrows(() => loose.distanceCurve(0.5), TypeError, "a list of distances is wanted");
  for (const distance of ["0.5", null, [1], -1, NaN]) {
    assertThrows(() => loose.distanceCurve([0.1, distance]), RangeError, "a number of at least 0");
  }
  assertThrows(() => loose.distanceCurve([0.1]).at([NaN]), RangeError, "wanted");
  assertThrows(() => loose.distanceCurve([0.1]).area(0), RangeError, "above 0");
});

Deno.test("indicators() and securityCurve() say which attack they want", async () => {
  await assertRejects(() => loose.indicators(victim, data, {}), RangeError, "without attack");
  await assertRejects(
    () => loose.indicators(victim, data, { attack: { attack: "bin" } }),
    RangeError,
    '"bim"?',
  );
  await assertRejects(
    () => loose.indicators(victim, data, { attack: { attack: () => bim } }),
    RangeError,
    "a ball",
  );
  await assertRejects(
    () => loose.securityCurve(victim, data, undefined, { epsilons: [0.1] }),
    TypeError,
    "a spec",
  );
  await assertRejects(() => loose.recorded("table1", { dataSet: "svhn" }), RangeError, '"dataset"?');
});

Deno.test("What looks at numbers says which it wants", () => {
  const result = { dataset: "cifar10", rows: {} };
  assertThrows(() => loose.measuredFindings(result, { class: 3 }), RangeError, '"classes"?');
  assertThrows(() => loose.measuredFindings(result, { classes: 1 }), RangeError, "at least 2");
  assertThrows(() => loose.checklist(result, { trait: {} }), RangeError, '"traits"?');
  assertThrows(() => loose.keptAttacks({ most: -1 }), RangeError, "at least 0");
  assertThrows(() => loose.worstCase({ correct: [true] }), RangeError, "a list");
  for (const correct of [undefined, [1, 0], ["false"], Uint8Array.of(1)]) {
    assertThrows(() => loose.worstCase([{ correct }]), RangeError, "true or false");
  }
  assertThrows(() => loose.squareStronger({ correct: [true] }, { correct: [true] }), RangeError, "a list");
  assertThrows(() => loose.cellCache({ fresh: "yes" }), RangeError, "true or false");
  assertThrows(() => loose.reported("tabel1"), RangeError, 'did you mean "table1"?');
  assertThrows(() => loose.measuredFindings(undefined), RangeError, "a table or a figure");
  assertThrows(() => loose.measuredFindings({ dataset: "cifar10" }), TypeError, "without rows");
});
