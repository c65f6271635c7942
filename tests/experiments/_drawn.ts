import { assert, assertEquals } from "@std/assert";
import { type FigureName, reported } from "@gcln/kit/evaluation";
import { type Figure, pointsOf } from "@gcln/kit/experiments";

/** The paper's panels are there, its curves come first, and they go from end to end of its axes. */
export function assertDrawn(figure: Figure, name: FigureName): void {
  const paper = reported(name);
  assertEquals([figure.name, figure.dataset], [name, paper.dataset]);
  assertEquals(Object.keys(figure.panels), Object.keys(paper.panels));
  for (const [place, { x, range, series, anchors }] of Object.entries(paper.panels)) {
    const panel = figure.panels[place]!, printed = Object.keys(series);
    assert(panel.x.startsWith(x) && /^( \(.*\))?$/.test(panel.x.slice(x.length)), panel.x);
    assertEquals(Object.keys(panel.curves).slice(0, printed.length), printed);
    for (const [name, curve] of Object.entries(panel.curves)) {
      const at = pointsOf(curve).map(({ x }) => x);
      assertEquals(at, at.toSorted((a, b) => a - b));
      if (range !== null) assertEquals([at[0], at.at(-1)], [...range], name);
      for (const { x } of anchors.filter(({ series }) => series === name)) {
        assert(x === null || at.includes(x), `${name} is not measured at the paper's ${x}`);
      }
    }
  }
  assertEquals(JSON.parse(JSON.stringify(figure)), figure); // so that it can be kept with its results
}
