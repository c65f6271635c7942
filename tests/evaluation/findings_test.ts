import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type AttackDescription,
  type Cell,
  chanceReached,
  type Finding,
  findingsIn,
  measuredEvidence,
  measuredFindings,
  reportedEvidence,
  reportedFindings,
} from "@gcln/kit/evaluation";
import { l2, linf } from "@gcln/kit/attacks";
import type { PublishedBreak } from "@gcln/kit/defenses";

const subject = ({ severity, about }: Finding) => [severity, about?.table, about?.row, about?.column];

Deno.test("reportedFindings() finds exactly what is wrong with the paper's tables", () => {
  assertEquals(reportedFindings().map(subject), [
    // One step stronger than many.
    ["note", "table1", "Feature Squeezing", "C&W"],
    ["note", "table1", "PixelDefend", "BIM"],
    ["serious", "table1", "Our method (Qs = 5)", "PGD"],
    ["serious", "table1", "Our method (Qs = 10)", "PGD"],
    // Black-box stronger than white-box.
    ["note", "table1", "Adversarial-PGD", "FGS"],
    ["note", "table1", "Adversarial-PGD", "PGD"],
    ["serious", "table1", "Our method (Qs = 5)", "PGD"],
    ["serious", "table1", "Our method (Qs = 10)", "PGD"],
    ["serious", "table4", "Our method (Qs = 5)", "White-box Attack PGD"],
    ["serious", "table4", "Our method (Qs = 10)", "White-box Attack PGD"],
    // The headline is not the worst case.
    ["note", "table1", "PixelDefend", "BIM"],
    ["serious", "table1", "Our method (Qs = 5)", "PGD"],
    ["serious", "table1", "Our method (Qs = 10)", "PGD"],
  ]);
});

Deno.test("reportedFindings() quotes the paper's numbers", () => {
  const messages = reportedFindings().filter(({ about }) => about?.row === "Our method (Qs = 10)").map((f) =>
    f.message
  );
  const [step, blackBox, svhn, worst] = messages;
  assertMatch(step!, /FGS leaves 75\.2% .* 86\.1% under PGD, 86\.4% under BIM and 86\.4% under C&W/);
  assertMatch(blackBox!, /PGD \(Table 3\), .* leaves 79\.8% right; .* 86\.1% under PGD \(Table 1\)/);
  assertMatch(svhn!, /leaves 88\.7% right; .* 93\.8% under White-box/);
  assertMatch(
    worst!,
    /86\.1% under PGD \(Table 1\) is not the worst case, 53\.0% under BPDA \(Table 2\) is lower by 33\.1 points/,
  );
  assert(messages.every((message) => message.includes("as the paper reports it")));
});

Deno.test("reportedFindings() finds nothing wrong with No Defense", () => {
  assertEquals(reportedFindings().filter(({ about }) => about?.row === "No Defense"), []);
  assertEquals(findingsIn(reportedEvidence().filter(({ row }) => row === "No Defense")), []);
});

Deno.test("reportedFindings() of a table are about numbers in that table", () => {
  const rows = (name: "table1" | "table2" | "table3" | "table4") =>
    reportedFindings(name).map(({ about }) => {
      assertEquals(about?.table, name);
      return [about?.row, about?.column];
    });
  assertEquals(rows("table1").length, 11);
  assertEquals(rows("table2"), [
    ["PixelDefend", "Accuracy"],
    ["Our method (Qs = 5)", "Accuracy"],
    ["Our method (Qs = 10)", "Accuracy"],
  ]);
  assertEquals(rows("table3"), [
    ["Adversarial-PGD", "FGS"],
    ["Adversarial-PGD", "PGD"],
    ["Our method (Qs = 5)", "PGD"],
    ["Our method (Qs = 10)", "PGD"],
  ]);
  assertEquals(rows("table4").length, 2);
});

const ball = { norm: "linf", epsilon: 8 / 255 };
const attacks = {
  fgs: { attack: "fgs", ball },
  pgd: { attack: "pgd", ball, steps: 10 },
  pgd50: { attack: "pgd", ball, steps: 50 },
  grey: { attack: "pgd", ball: { norm: "linf", epsilon: 1 }, steps: 100 },
  square: { attack: "square", ball },
} satisfies Record<string, AttackDescription>;

const cell = (
  accuracy: number,
  attack: AttackDescription,
  surrogate: string,
  more: Partial<Cell> = {},
): Cell => ({
  accuracy,
  reported: null,
  quoted: false,
  n: 1000,
  attack,
  surrogate,
  ...more,
});

/** The findings in one measured row. */
const inRow = (cells: Readonly<Record<string, Cell>>) =>
  measuredFindings({ dataset: "cifar10", rows: { Mine: cells } });
const columns = (findings: readonly Finding[]) => findings.map(({ about }) => about?.column);

const clean: Cell = { accuracy: 0.92, n: 1000, reported: 0.9165, quoted: false };

Deno.test("measuredFindings() has nothing to say about a sound table", () => {
  assertEquals(
    inRow({
      Clean: clean,
      FGS: cell(0.6, attacks.fgs, "white-box"),
      PGD: cell(0.5, attacks.pgd, "white-box", { zeroGradient: 0 }),
      "PGD-50": cell(0.49, attacks.pgd50, "white-box"),
      "Black-box": cell(0.8, attacks.pgd, "black-box"),
      Oblivious: cell(0.85, attacks.pgd, "oblivious"),
      Square: cell(0.55, attacks.square, "black-box"),
      BPDA: cell(0.5, attacks.pgd, "straight-through"),
      Grey: cell(0.1, attacks.grey, "white-box"),
      "Worst case": { ...clean, accuracy: 0.47, surrogate: "worst case" },
    }),
    [],
  );
});

Deno.test("measuredFindings() takes small differences for noise", () => {
  const row = (one: number, n: number) =>
    inRow({
      FGS: cell(one, attacks.fgs, "white-box", { n }),
      PGD: cell(0.5, attacks.pgd, "white-box", { n }),
    });
  assertEquals(row(0.47, 1000), []);
  assertEquals(row(0.4, 50), []);
  assertEquals(columns(row(0.4, 1000)), ["PGD"]);
  assertEquals(columns(row(0.47, 10_000)), ["PGD"]);
});

Deno.test("measuredFindings() sees one step stronger than many, of the same attacker", () => {
  const [finding, ...others] = inRow({
    FGS: cell(0.3, attacks.fgs, "straight-through"),
    PGD: cell(0.5, attacks.pgd, "straight-through"),
  });
  assertEquals(others, []);
  assertEquals(finding?.severity, "serious");
  assertStringIncludes(
    finding!.message,
    "FGS leaves 30.0% right, but iterated attacks leave more: 50.0% under PGD",
  );
  assertEquals(finding?.about, { row: "Mine", column: "PGD", source: "measured" });
});

Deno.test("measuredFindings() compares one step with attacks that may go as far", () => {
  const step = cell(0.3, attacks.fgs, "white-box");
  for (const smaller of [{ norm: "linf", epsilon: 4 / 255 }, { norm: "l2", epsilon: 1 }]) {
    assertEquals(inRow({ FGS: step, PGD: cell(0.5, { ...attacks.pgd, ball: smaller }, "white-box") }), []);
  }
  assertEquals(inRow({ FGS: step, "C&W": cell(0.5, { attack: "carliniWagner" }, "white-box") }).length, 1);
});

Deno.test("measuredFindings() sees an attacker who knows less and does more", () => {
  for (const surrogate of ["black-box", "oblivious"]) {
    const findings = inRow({
      PGD: cell(0.86, attacks.pgd, "white-box"),
      Outside: cell(0.75, attacks.pgd, surrogate),
      "Outside FGS": cell(0.7, attacks.fgs, surrogate),
    });
    assertEquals(columns(findings), ["PGD"]);
    assertStringIncludes(
      findings[0]!.message,
      "Outside, an attack without access to the defense, leaves 75.0% right",
    );
  }
});

Deno.test("measuredFindings() sees queries alone beat every attack by gradients, not just one of them", () => {
  const square = cell(0.4, attacks.square, "black-box"), pgd = cell(0.6, attacks.pgd, "white-box");
  const bpda = (accuracy: number) => cell(accuracy, attacks.pgd, "straight-through");
  assertEquals(columns(inRow({ PGD: pgd, BPDA: bpda(0.58), Square: square })), ["PGD"]);
  assertEquals(
    inRow({ PGD: pgd, BPDA: bpda(0.38), Square: square }).some((f) => f.message.includes("Square")),
    false,
  );
});

Deno.test("measuredFindings() sees a headline far above the worst case", () => {
  const pgd = cell(0.86, attacks.pgd, "white-box");
  const findings = inRow({ PGD: pgd, BPDA: cell(0.53, attacks.pgd, "straight-through") });
  assertEquals(columns(findings), ["PGD"]);
  assertStringIncludes(
    findings[0]!.message,
    "86.0% under PGD is not the worst case, 53.0% under BPDA is lower by 33.0 points",
  );
  assertEquals(columns(inRow({ PGD: pgd, Worst: { ...clean, accuracy: 0.2, surrogate: "worst case" } })), [
    "PGD",
  ]);
  assertEquals(inRow({ PGD: pgd, BPDA: cell(0.82, attacks.pgd, "straight-through", { n: 100_000 }) }), []);
});

Deno.test("measuredFindings() sees zero gradients, once a row", () => {
  const blocked = { zeroGradient: 1 }, few = { zeroGradient: 0.004 };
  const [finding, ...others] = inRow({
    FGS: cell(0.86, attacks.fgs, "white-box", blocked),
    PGD: cell(0.86, attacks.pgd, "white-box", blocked),
    BPDA: cell(0.86, attacks.pgd, "straight-through", { zeroGradient: 0 }),
  });
  assertEquals(others, []);
  assertEquals(finding?.severity, "serious");
  assertStringIncludes(finding!.message, "100.0% of the images under FGS and PGD");
  assertEquals(inRow({ PGD: cell(0.1, attacks.pgd, "white-box", few) })[0]?.severity, "warning");
  assertEquals(inRow({ Square: cell(0.1, attacks.square, "black-box", blocked) }), []);
  // Nor does it say so of an attack that bends gradients by itself.
  const strongest = cell(0.1, { ...attacks.square, attack: "strongest" }, "adaptive", blocked);
  assertEquals(inRow({ Strongest: strongest, BPDA: cell(0.4, attacks.pgd, "straight-through") }), []);
});

Deno.test("measuredFindings() sees that the gradient put in place decides the number", () => {
  const through = cell(0.46, attacks.pgd, "straight-through"), identity = cell(0.66, attacks.pgd, "identity");
  const [finding, ...others] = inRow({ BPDA: through, Identity: identity });
  assertEquals(others, []);
  assertEquals([finding?.severity, finding?.about?.column], ["warning", "Identity"]);
  assertStringIncludes(finding!.message, "leaves 66.0% under Identity, but only 46.0% under BPDA");
  // A difference within the noise, another attack, and an attacker who puts nothing in place say nothing of the kind.
  assertEquals(inRow({ BPDA: through, Identity: { ...identity, n: 20 } }), []);
  assertEquals(inRow({ BPDA: through, Identity: { ...identity, attack: attacks.fgs } }), []);
  assertEquals(inRow({ BPDA: through, Oblivious: cell(0.66, attacks.pgd, "oblivious") }), []);
  // Points of a curve may be other networks under the same attack.
  assertEquals(inRow({ "Qs = 5": through, "Qs = 40": { ...identity, surrogate: "straight-through" } }), []);
  const blind = { ...identity, attack: attacks.square };
  assertEquals(inRow({ BPDA: { ...through, attack: attacks.square }, Identity: blind }), []);
});

Deno.test("measuredFindings() sees more steps do less", () => {
  const [finding] = inRow({
    PGD: cell(0.5, attacks.pgd, "white-box"),
    "PGD-50": cell(0.6, attacks.pgd50, "white-box"),
  });
  assertEquals([finding?.severity, finding?.about?.column], ["warning", "PGD-50"]);
  assertStringIncludes(
    finding!.message,
    "50 steps of PGD-50 leave 60.0% right, but 10 steps of PGD only 50.0%",
  );
});

Deno.test("measuredFindings() sees a defense that survives a ball that holds every image", () => {
  const survived = (accuracy: number, surrogate: string) =>
    inRow({ "ε = 1": cell(accuracy, attacks.grey, surrogate) });
  assertEquals(columns(survived(0.3, "white-box")), ["ε = 1"]);
  assertEquals(survived(0.11, "white-box"), []);
  assertEquals(survived(0.3, "black-box"), []);
});

Deno.test("measuredFindings() reads the curves of a figure as rows", () => {
  const points = [10, 20, 50].map((x, i) => ({
    ...cell([0.5, 0.4, 0.6][i]!, { ...attacks.pgd, steps: x }, "white-box"),
    x,
  }));
  const findings = measuredFindings({
    dataset: "cifar10",
    series: { Mine: points, Other: points.slice(0, 2) },
  });
  assertEquals(findings.map(({ about }) => [about?.row, about?.column]), [["Mine", "50"]]);
});

Deno.test("measuredFindings() says where on its axis a point of a figure is", () => {
  const zero = { ...cell(0.9, { ...attacks.pgd, steps: 10 }, "white-box"), zeroGradient: 1 };
  const [finding] = measuredFindings({
    dataset: "cifar10",
    x: "iterations (of PGD)",
    series: { Mine: [{ ...zero, x: 10 }, { ...zero, x: 20 }] },
  });
  assertStringIncludes(finding!.message, "100.0% of the images under iterations = 10 and 20");
});

Deno.test("chanceReached() tells which curves come down to guessing, and keeps silent about the others", () => {
  const points = (accuracy: number) =>
    [0.3, 0.5, 1].map((epsilon) => ({
      x: epsilon,
      ...cell(accuracy, { ...attacks.pgd, ball: { norm: "linf", epsilon } }, "white-box"),
    }));
  const series = { Down: points(0.05), Up: points(0.5), Low: points(0.11) };
  const [finding, ...others] = chanceReached({ series, chance: 0.1 });
  assertEquals(others, []);
  assertStringIncludes(finding!.message, "Down (5.0%) and Low (11.0%) come down to guessing (10.0%)");
  assertEquals(chanceReached({ series: { Up: points(0.5) }, chance: 0.1 }), []);
  assertEquals(chanceReached({ series }), []);
});

Deno.test("measuredFindings() compares no two rows, nor two data sets", () => {
  const low = cell(0.2, attacks.fgs, "white-box"), high = cell(0.8, attacks.pgd, "white-box");
  assertEquals(measuredFindings({ dataset: "svhn", rows: { One: { FGS: low }, Other: { PGD: high } } }), []);
  const evidence = (dataset: string, column: Cell) =>
    measuredEvidence({ dataset, rows: { Mine: { Column: column } } });
  assertEquals(findingsIn([...evidence("svhn", low), ...evidence("cifar10", high)]), []);
});

Deno.test("measuredEvidence() leaves out what was not measured, and fills in the interval", () => {
  const [only, ...others] = measuredEvidence({
    dataset: "svhn",
    rows: { Mine: { Clean: clean, PGD: { accuracy: null, reported: 0.5, quoted: true } } },
  });
  assertEquals(others, []);
  assert(only!.interval[0] < 0.92 && 0.92 < only!.interval[1]);
});

Deno.test("findings say what to do", () => {
  for (const { message, remedy } of reportedFindings()) {
    assertMatch(message, /\d\.\d%.*\.$/);
    assertMatch(remedy, /\.$/);
  }
});

Deno.test("measuredFindings() doubts numbers with faults, and gradients that are not finite", () => {
  const pgd = { attack: "pgd", steps: 10 } as const;
  const cell = {
    reported: null,
    quoted: false,
    n: 100,
    surrogate: "white-box",
    attack: pgd,
    accuracy: 0.5,
  } as const;
  const findings = measuredFindings({
    dataset: "cifar10",
    rows: {
      Sound: { PGD: { ...cell, gradients: { zero: 0, notFinite: 0 } } },
      Torn: { PGD: { ...cell, faults: { undecided: 2, notFinite: 1, outside: 3 } } },
      Rooted: { PGD: { ...cell, gradients: { zero: 0, notFinite: 0.3 } } },
    },
  });
  assertEquals(findings.map(({ severity, about }) => [severity, about?.row]), [
    ["serious", "Torn"],
    ["serious", "Torn"],
    ["serious", "Torn"],
    ["serious", "Rooted"],
  ]);
  const [undecided, notFinite, outside, rooted] = findings.map(({ message }) => message);
  assertMatch(undecided!, /^Torn, PGD: The classifier answered 2 images with NaN/);
  assertMatch(notFinite!, /returned 1 image with NaN or infinity/);
  assertMatch(outside!, /returned 3 images outside of its ball/);
  assertMatch(
    rooted!,
    /^Rooted: the attacker's gradient holds NaN or infinity on 30\.0% of the images under PGD/,
  );
});

Deno.test("measuredFindings() takes the number of classes from the result, from the data set's name, or says nothing", () => {
  const everywhere = { attack: "pgd", ball: { norm: "linf", epsilon: 0.5 }, steps: 10 } as const;
  const cell = {
    reported: null,
    quoted: false,
    n: 10_000,
    surrogate: "white-box",
    attack: everywhere,
    accuracy: 0.2,
  };
  const found = (head: { dataset: string; classes?: number }, options = {}) =>
    measuredFindings({ ...head, rows: { Mine: { PGD: cell } } }, options).map(({ message }) => message);
  assertMatch(found({ dataset: "cifar10" })[0]!, /no more than guessing, 10\.0%/);
  assertEquals(found({ dataset: "cifar10", classes: 3 }), []);
  assertMatch(found({ dataset: "own", classes: 100 })[0]!, /1\.0%/);
  assertEquals(found({ dataset: "own" }), []);
  assertMatch(found({ dataset: "own" }, { classes: 8 })[0]!, /12\.5%/);
});

const madry = {
  by: "Somebody 2020",
  attack: "BPDA",
  on: "cifar10",
  ball: linf(8 / 255),
  left: 0.44,
  source: "Table 1",
};
/** A row whose worst case leaves so much, beside published breaks of its defense. */
const worstOf = (
  accuracy: number,
  breaks: readonly PublishedBreak[],
  { n = 1000, epsilon = 8 / 255 } = {},
) => {
  const cell = { accuracy, n, reported: null, quoted: false };
  const pgd = { attack: "pgd", steps: 10, ball: { norm: "linf", epsilon } };
  return findingsIn(
    measuredEvidence({
      dataset: "cifar10",
      rows: {
        Mine: {
          PGD: { ...cell, attack: pgd, surrogate: "white-box" },
          Worst: { ...cell, surrogate: "worst case" },
        },
      },
      breaks: { Mine: breaks },
    }),
  );
};

Deno.test("A worst case more than ten points above a published break is a finding about it", () => {
  const [finding, ...others] = worstOf(0.6, [madry]);
  assertEquals(others, []);
  assertEquals(finding, {
    severity: "warning",
    message:
      "Mine: 60.0% under Worst is 16.0 points above the 44.0% that Somebody 2020 left of this defense by BPDA on " +
      "cifar10, ε = 8/255.",
    remedy:
      "The attack is not good enough yet, or the defense differs. Attack it as they did (Table 1) before reading " +
      "the number as robustness.",
    about: { row: "Mine", column: "Worst", source: "measured" },
  });
  assertEquals(worstOf(0.55, [madry]).length, 1);
  assertEquals(worstOf(0.53, [madry]), []);
  assertEquals(worstOf(0.6, []), []);
});

Deno.test("The finding about a published break says how the defense there differs", () => {
  const [finding] = worstOf(0.6, [{ ...madry, differs: "a WRN-34-10" }]);
  assertStringIncludes(finding!.remedy, "or the defense differs: there it is a WRN-34-10.");
});

Deno.test("Only a ball that is no larger than ours makes a published break comparable; 0.031 is as large as 8/255", () => {
  assertEquals(worstOf(0.6, [{ ...madry, ball: linf(16 / 255) }]), []);
  assertEquals(worstOf(0.6, [{ ...madry, ball: l2(0.01) }]), []);
  const { ball: _, ...unbounded } = madry;
  assertEquals(worstOf(0.6, [unbounded]), []);
  assertEquals(worstOf(0.6, [madry], { epsilon: 0.031 }).length, 1);
  assertEquals(worstOf(0.6, [{ ...madry, ball: linf(0.015) }]).length, 1);
});

Deno.test("A break of other images counts where it left next to nothing, and as a note", () => {
  assertEquals(worstOf(0.6, [{ ...madry, on: "imagenet" }]), []);
  const [note] = worstOf(0.6, [{ ...madry, on: "imagenet", left: 0 }]);
  assertEquals(note!.severity, "note");
  assertStringIncludes(note!.remedy, "the images there are imagenet, here cifar10");
  // That of the same images goes first.
  assertEquals(worstOf(0.6, [{ ...madry, on: "imagenet", left: 0 }, madry]).map(({ severity }) => severity), [
    "warning",
  ]);
});

Deno.test("A worst case of few images that may as well be as low as the break is no finding", () => {
  assertEquals(worstOf(0.6, [madry], { n: 10 }), []);
});

Deno.test("A row without an adaptive attack is not compared with published breaks", () => {
  const found = findingsIn(
    measuredEvidence({
      dataset: "cifar10",
      rows: {
        Mine: {
          PGD: {
            accuracy: 0.9,
            n: 1000,
            reported: null,
            quoted: false,
            attack: { attack: "pgd", steps: 10, ball: linf(8 / 255) as never },
            surrogate: "white-box",
          },
        },
      },
      breaks: { Mine: [madry] },
    }),
  );
  assertEquals(found, []);
});
