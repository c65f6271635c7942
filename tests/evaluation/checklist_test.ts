import { knownAttack } from "../../lib/evaluation/checks/published_attacks.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type AttackDescription,
  type Cell,
  type Checklist,
  checklist,
  type ChecklistOptions,
  findingsIn,
  measuredEvidence,
  reportedEvidence,
  stepsStillCount,
} from "@gcln/kit/evaluation";

const ball = { norm: "linf", epsilon: 8 / 255 };
const fgs: AttackDescription = { attack: "fgs", ball };
const pgd = (steps: number, epsilon = ball.epsilon): AttackDescription => ({
  attack: "pgd",
  ball: { ...ball, epsilon },
  stepSize: 1 / 255,
  steps,
});
const noise = (draws: number): AttackDescription => ({ attack: "noise", ball, draws });
const square: AttackDescription = { attack: "square", ball, queries: 5000 };
const hopSkipJump: AttackDescription = { attack: "hopSkipJump", ball };

const cell = (
  accuracy: number,
  attack?: AttackDescription,
  surrogate?: string,
  more: Partial<Cell> = {},
): Cell => ({
  accuracy,
  reported: null,
  quoted: false,
  n: 1000,
  ...(attack ? { attack } : {}),
  ...(surrogate ? { surrogate } : {}),
  ...more,
});
const white = (accuracy: number, attack: AttackDescription, zeroGradient = 0) =>
  cell(accuracy, attack, "white-box", { zeroGradient });

const clean = cell(0.92);
/** A row of which every item holds. */
const sound: Readonly<Record<string, Cell>> = {
  Clean: clean,
  FGS: white(0.6, fgs),
  "PGD-10": white(0.5, pgd(10)),
  "PGD-20": white(0.49, pgd(20)),
  "PGD-20, 4/255": white(0.7, pgd(20, 4 / 255)),
  "PGD-100, ε = 1": white(0, pgd(100, 1)),
  "Black-box": cell(0.8, pgd(10), "black-box"),
  Noise: cell(0.9, noise(10_000), "white-box"),
  Square: cell(0.55, square, "white-box"),
  HopSkipJump: cell(0.7, hopSkipJump, "white-box"),
  BPDA: cell(0.5, pgd(10), "straight-through"),
  EOT: cell(0.5, pgd(10), "eot"),
  "Worst case": cell(0.47, undefined, "worst case"),
};
const broken: Readonly<Record<string, Cell>> = {
  Clean: cell(0.95),
  "PGD-10": white(0, pgd(10)),
  BPDA: cell(0.01, pgd(10), "straight-through"),
};

const listOf = (
  cells: Readonly<Record<string, Cell>>,
  options: ChecklistOptions = {},
  others: Readonly<Record<string, Readonly<Record<string, Cell>>>> = {},
): Checklist => checklist({ dataset: "cifar10", rows: { Mine: cells, ...others } }, options)[0]!;

const about = ({ items }: Checklist, words: string) => {
  const found = items.filter(({ item }) => item.includes(words));
  assertEquals(found.length, 1, words);
  return found[0]!;
};
const statusOf = (cells: Readonly<Record<string, Cell>>, words: string, options?: ChecklistOptions) =>
  about(listOf(cells, options), words).status;

Deno.test("Every item holds for a row that shows them all", () => {
  const { items } = listOf(sound, {}, { "No Defense": broken });
  assertEquals(items.filter(({ status }) => status !== "holds"), []);
  assertEquals(items.length, 14);
});

Deno.test("Nothing is shown by a single attack but its settings, which may be missing", () => {
  const { items } = listOf({ Clean: clean, PGD: cell(0.5, pgd(10), "white-box") });
  assertEquals(
    items.filter(({ status }) => status !== "not shown").map(({ item, status }) => [item, status]),
    [
      ["All settings of the attacks are reported", "holds"],
    ],
  );
  const open = about(listOf({ PGD: cell(0.5, { attack: "pgd", steps: 10 }) }), "settings");
  assertEquals([open.status, open.evidence], [
    "fails",
    "Not given: PGD: the ball, step size and what is differentiated.",
  ]);
});

Deno.test("Rows without an attack have no checklist", () => {
  assertEquals(checklist({ dataset: "svhn", rows: { Mine: { Clean: clean } } }), []);
});

Deno.test("One change breaks one item", () => {
  const changes: readonly [string, Readonly<Record<string, Cell>>, RegExp][] = [
    ["single step", { FGS: white(0.3, fgs) }, /FGS leaves 30\.0%.* PGD-10 50\.0%/],
    [
      "never weaker",
      { "PGD-20": white(0.6, pgd(20)) },
      /PGD-10 \(10 steps\) leaves 50\.0%.* PGD-20 \(20 steps\) 60\.0%/,
    ],
    ["Twice the steps", { "PGD-20": white(0.4, pgd(20)) }, /PGD-10 \(10 steps\) leaves 50\.0% and PGD-20/],
    ["larger ball", { "PGD-20, 4/255": white(0.3, pgd(20, 4 / 255)) }, /ε = 4\/255\) leaves 30\.0%/],
    ["guessing", { "PGD-100, ε = 1": white(0.3, pgd(100, 1)) }, /ε = 1\) leaves 30\.0%/],
    ["With access", { "Black-box": cell(0.4, pgd(10), "black-box") }, /Black-box leaves 40\.0%/],
    ["noise", { Noise: cell(0.3, noise(10_000), "white-box") }, /PGD-20 leaves 49\.0% and Noise 30\.0%/],
    ["without gradients", { Square: cell(0.3, square, "white-box") }, /Square 30\.0%/],
    ["decisions", { HopSkipJump: cell(0.3, hopSkipJump, "white-box") }, /HopSkipJump 30\.0%/],
    ["worst case", { "Worst case": cell(0.6, undefined, "worst case") }, /above one of its cases/],
    ["settings", { Square: cell(0.55, { attack: "square", ball }, "white-box") }, /Square: queries/],
  ];
  for (const [words, change, evidence] of changes) {
    const { items } = listOf({ ...sound, ...change });
    const failed = items.filter(({ status }) => status === "fails");
    assert(failed.some(({ item }) => item.includes(words)), words);
    assertMatch(failed.find(({ item }) => item.includes(words))!.evidence, evidence);
  }
});

Deno.test("Differences within the noise count for neither side", () => {
  const row = (more: number) => ({ FGS: white(0.47, fgs), PGD: white(more, pgd(10)) });
  assertEquals(statusOf(row(0.5), "single step"), "holds");
  assertEquals(statusOf(row(0.56), "single step"), "fails");
  const flat = { Small: white(0.5, pgd(10, 2 / 255)), Large: white(0.49, pgd(10, 8 / 255)) };
  assertEquals(statusOf(flat, "larger ball"), "not shown");
  assertEquals(statusOf({ ...flat, Larger: white(0.3, pgd(10, 16 / 255)) }, "larger ball"), "holds");
});

Deno.test("Where nothing is left, more steps and a larger ball have nothing to change", () => {
  const gone = { "PGD-10": white(0, pgd(10)), "PGD-20": white(0, pgd(20)), Large: white(0, pgd(20, 0.1)) };
  assertEquals(statusOf(gone, "Twice the steps"), "holds");
  assertEquals(statusOf(gone, "larger ball"), "holds");
  assertEquals(statusOf({ ...gone, "PGD-10": white(0.1, pgd(10)) }, "Twice the steps"), "holds");
});

Deno.test("Noise of few draws shows little", () => {
  const row = { PGD: white(0.5, pgd(10)), Noise: cell(0.9, noise(100), "white-box") };
  const { status, evidence } = about(listOf(row), "noise");
  assertEquals(status, "not shown");
  assertMatch(evidence, /these are 100/);
});

Deno.test("Randomness wants an expectation, and only where there is any", () => {
  const row = { PGD: white(0.5, pgd(10)) };
  const status = (options: ChecklistOptions) => statusOf(row, "EOT", options);
  assertEquals(status({}), "not shown");
  assertEquals(status({ traits: { Mine: [] } }), "holds");
  assertEquals(status({ traits: { Mine: ["randomised"] } }), "fails");
  const averaged = { ...row, EOT: cell(0.4, pgd(10), "straight-through, EOT") };
  assertEquals(statusOf(averaged, "EOT", { traits: { Mine: ["randomised"] } }), "holds");
});

Deno.test("A missing gradient wants another in its place, and the numbers tell whether it is missing", () => {
  const status = (zeroGradient: number | undefined, options?: ChecklistOptions) => {
    const { zeroGradient: _, ...plain } = white(0.5, pgd(10));
    return statusOf(
      { PGD: zeroGradient === undefined ? plain : { ...plain, zeroGradient } },
      "BPDA",
      options,
    );
  };
  assertEquals(status(undefined), "not shown");
  assertEquals(status(0), "holds");
  assertEquals(status(0.2), "fails");
  assertEquals(status(undefined, { traits: { Mine: ["non-differentiable"] } }), "fails");
  assertEquals(status(undefined, { traits: { Mine: ["randomised"] } }), "holds");
});

Deno.test("A gradient put in place has to break the classifier that has no defense", () => {
  const status = (undefended: Readonly<Record<string, Cell>>) =>
    about(listOf(sound, {}, { "No Defense": undefended }), "without the defense").status;
  assertEquals(status(broken), "holds");
  assertEquals(status({ ...broken, BPDA: cell(0.94, pgd(10), "straight-through") }), "fails");
  assertEquals(status({ Clean: cell(0.95), PGD: white(0, pgd(10)) }), "not shown");
  const [, itself] = checklist({ dataset: "cifar10", rows: { Mine: sound, "No Defense": broken } });
  assertEquals(about(itself!, "without the defense").status, "holds");
});

Deno.test("The checklist of the paper's numbers says what the findings say, and how little is shown", () => {
  const lists = checklist(reportedEvidence());
  const ours = lists.find(({ row, dataset }) => row === "Our method (Qs = 10)" && dataset === "cifar10")!;
  assertEquals(
    ours.items.filter(({ status }) => status === "fails").map(({ item }) => item),
    [
      "Iterated attacks are at least as strong as a single step",
      "With access an attack is at least as strong as without",
      "All settings of the attacks are reported",
    ],
  );
  assertMatch(
    about(ours, "single step").evidence,
    /FGS leaves 75\.2%, PGD 86\.1%, BIM 86\.4% and C&W 86\.4%/,
  );
  assertMatch(
    about(ours, "With access").evidence,
    /PGD \(Table 3\) leaves 79\.8% and PGD \(Table 1\) 86\.1%/,
  );
  assertEquals(about(ours, "(BPDA)").status, "holds");
  assertEquals(ours.items.filter(({ status }) => status === "not shown").length, 10);
  assert(lists.every(({ items }) => items.length === ours.items.length));
});

Deno.test("A curve over radii is a row", () => {
  const point = (x: number, accuracy: number) => ({ x, ...white(accuracy, pgd(10, x)) });
  const [falling, rising] = checklist({
    dataset: "cifar10",
    series: {
      Falling: [point(0.01, 0.8), point(0.02, 0.79), point(0.04, 0.4)],
      Rising: [point(0.01, 0.5), point(0.02, 0.8)],
    },
  });
  assertEquals([about(falling!, "larger ball").status, about(rising!, "larger ball").status], [
    "holds",
    "fails",
  ]);
  assertMatch(about(rising!, "larger ball").evidence, /0\.01 \(ε = 0\.01\) leaves 50\.0%/);
});

const evidence = (cells: Readonly<Record<string, Cell>>) =>
  measuredEvidence({ dataset: "cifar10", rows: { Mine: cells } });

Deno.test("findingsIn() sees a larger ball leave more", () => {
  const row = (attack: (epsilon: number) => AttackDescription) =>
    findingsIn(evidence({ Small: white(0.3, attack(4 / 255)), Large: white(0.5, attack(8 / 255)) }));
  const [finding, ...others] = row((epsilon) => pgd(10, epsilon));
  assertEquals([finding?.severity, finding?.about?.column, others], ["serious", "Large", []]);
  assertMatch(
    finding!.message,
    /50\.0% under Large, with ε = 8\/255, but only 30\.0% under Small, with ε = 4\/255/,
  );
  assertEquals(
    row((epsilon) => ({ attack: "fgs", ball: { norm: "linf", epsilon } })).map((f) => f.severity),
    [
      "warning",
    ],
  );
  assertEquals(row((epsilon) => ({ attack: "pgd", ball: { norm: `l${epsilon}`, epsilon } })), []);
});

Deno.test("findingsIn() takes noise for an attack without gradients", () => {
  const row = (accuracy: number) =>
    findingsIn(
      evidence({
        PGD: white(0.8, pgd(10)),
        Noise: cell(accuracy, noise(100), "white-box", { zeroGradient: 1 }),
      }),
    );
  assertEquals(row(0.85), []);
  assertMatch(row(0.5)[0]!.message, /Noise, which takes no gradient, leaves 50\.0%/);
});

Deno.test("findingsIn() compares queries alone with attacks in the same ball", () => {
  const row = {
    PGD: white(0.6, pgd(10)),
    "ε = 1": white(0, pgd(100, 1)),
    Square: cell(0.4, square, "white-box"),
  };
  const findings = findingsIn(evidence(row));
  assertEquals(findings.map(({ about }) => about?.column), ["PGD"]);
  assertMatch(findings[0]!.message, /Square, which takes no gradient/);
});

Deno.test("stepsStillCount() sees that the strongest attack of a row has not converged", () => {
  const row = { "PGD-10": white(0.6, pgd(10)), "PGD-50": white(0.4, pgd(50)) };
  const [finding, ...others] = stepsStillCount(evidence(row));
  assertEquals([finding?.severity, finding?.numbers[0].column, others], ["warning", "PGD-50", []]);
  assertMatch(
    finding!.message,
    /50 steps of PGD-50 leave 40\.0% right, where 10 steps of PGD-10 left 60\.0%/,
  );
  const apgd = { attack: "apgd", ball, steps: 100 };
  assertEquals(stepsStillCount(evidence({ ...row, APGD: white(0.3, apgd) })), []);
  assertEquals(stepsStillCount(evidence({ ...row, "PGD-50": white(0, pgd(50)) })), []);
  assertEquals(stepsStillCount(evidence({ ...row, "PGD-50": white(0.58, pgd(50)) })), []);
});

Deno.test("Attacks that only reported numbers name are known by what they use, and users' own by their facts", () => {
  const names = ["square", "nes", "boundary", "noise", "strongest", "cleverAttack", "constructor"];
  assertEquals(names.map((attack) => knownAttack(attack).asks), [
    ...["scores", "scores", "decisions", "nothing", "whatever pays", "gradients", "gradients"],
  ]);
  assertEquals([knownAttack("fgs").oneStep, knownAttack("pgd").oneStep], [true, false]);
  assertEquals(["strongest", "autoAttack", "apgd"].map((name) => knownAttack(name).severalAttacks), [
    true,
    true,
    false,
  ]);
  assertEquals([knownAttack("bpda").required, knownAttack("pgd").required], [["steps"], [
    "stepSize",
    "steps",
  ]]);
});
