import { assert, assertEquals } from "@std/assert";
import { reported } from "@gcln/kit/evaluation";
import { figure3, type FigureCurve, pointsOf, table2 } from "@gcln/kit/experiments";
import { assertDrawn } from "./_drawn.ts";

Deno.test("figure3 has the paper's panels, axes and curves, and ours after them", () =>
  assertDrawn(figure3, "figure3"));

const placesOf = (curve: FigureCurve) => pointsOf(curve).map(({ x }) => x);

Deno.test("figure3's left panel spans the range that the paper calls best, beside its tables' numbers", () => {
  const { "Our method (strongest)": strongest, ...thorough } = figure3.panels["left"]!.curves;
  for (const at of Object.values(thorough).map(placesOf)) {
    assert([8, 10, 12].every((q) => at.includes(q)), "8 to 12 yields the best performance");
    assert(at[0]! < 5 && at.at(-1)! >= 20);
  }
  for (const at of [...Object.values(thorough), strongest!].map(placesOf)) { // which is dear, so at fewer
    for (const { x } of reported("figure3").panels.left.anchors) assert(at.includes(x!));
    assertEquals(at.at(-1), 40);
  }
});

Deno.test("figure3's left panel attacks as Table 2 does, so that they share their cells", () => {
  const curve = figure3.panels["left"]!.curves["Our method"]!;
  assert(curve.over === "q");
  assertEquals(curve.column, table2.columns["Accuracy"]);
  assertEquals({ ...curve.defense, q: 10 / 255 }, table2.rows["Our method (Qs = 10)"]);
  const strongest = figure3.panels["left"]!.curves["Our method (strongest)"]!;
  assert(strongest.over === "q");
  assertEquals(strongest.column, table2.columns["Strongest"]);
});
