import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { reportedFigureFindings, within } from "@gcln/kit/evaluation";
import { figure4, table1 } from "@gcln/kit/experiments";
import { assertDrawn } from "./_drawn.ts";

Deno.test("figure4 has the paper's panels, axes and curves, and ours after them", () =>
  assertDrawn(figure4, "figure4"));

Deno.test("figure4 has every curve with and without a gradient put in place of rounding's", () => {
  for (const { curves } of Object.values(figure4.panels)) {
    const ours = curves["Our method"]!, bpda = curves["Our method (BPDA)"]!;
    assert(ours.over !== "q" && bpda.over !== "q");
    assertEquals({ ...ours, surrogate: "straight-through" }, bpda);
    assertEquals(ours.surrogate, "white-box");
  }
});

Deno.test("figure4's left panel begins where Table 1 is", () => {
  const curve = figure4.panels["left"]!.curves["Our method"]!, column = table1.columns["PGD"]!;
  assert(curve.over === "steps" && column.kind === "attack");
  assertEquals({ ...curve.attack, steps: curve.at[0]! } as unknown, column.attack);
  assertEquals(curve.defense, table1.rows["Our method (Qs = 10)"]);
});

Deno.test("figure4's right panel goes as far as guessing, with steps that get there", () => {
  for (const curve of Object.values(figure4.panels["right"]!.curves)) {
    assert(curve.over === "epsilon");
    assertEquals([curve.at[0], curve.at.at(-1)], [0.01, 1]);
    assert(curve.at.includes(0.3) && curve.at.includes(0.5));
    for (const epsilon of curve.at) {
      const attack = within(curve.attack, epsilon) as { stepSize: number; steps: number };
      assert(attack.stepSize * attack.steps > 2 * epsilon);
    }
  }
  assertEquals(figure4.panels["right"]!.chance, 0.1);
});

Deno.test("What the paper's curve over ε would have to show is said, though its points are not printed", () => {
  const [finding, ...others] = reportedFigureFindings("figure4", "right");
  assertEquals(others, []);
  assertEquals(finding!.about, { source: "reported", table: "figure4-right" });
  for (
    const words of [
      "up to ε = 1",
      "Our method at ε = 0.03125: 86.1%",
      "no classifier is better than guessing",
    ]
  ) {
    assertStringIncludes(finding!.message, words);
  }
  for (const place of ["left", "right"] as const) assertEquals(reportedFigureFindings("figure3", place), []);
  assertEquals(reportedFigureFindings("figure4", "left"), []);
});
