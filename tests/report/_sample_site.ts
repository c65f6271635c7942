import {
  checklist,
  type FigureName,
  interval,
  likenessFindings,
  type LikenessResult,
  measuredEvidence,
  type PanelResult,
  type PanelsResult,
  type Point,
  reported,
  type ReportedPanel,
  type Result,
} from "@gcln/kit/evaluation";
import type { Site } from "@gcln/kit/report";
import { sample } from "./_sample.ts";

const N = 500;
const X_VALUES: Readonly<Record<string, readonly number[]>> = {
  "Qs": [1, 5, 10, 20, 40],
  "iterations": [10, 20, 40, 60, 80, 100],
  "ε": [0.01, 0.03125, 0.1, 0.3, 1],
};

/** A panel of the paper with its curves and reported points; the measured points are made up. */
function panel({ x, series, anchors, surrogate, attack }: ReportedPanel, caption: string): PanelResult {
  const curve = (name: string, slope: number): Point[] =>
    X_VALUES[x]!.map((value, i) => {
      const accuracy = Math.max(0.02, 0.9 - slope * (i + 1));
      return {
        x: value,
        accuracy,
        n: N,
        interval: interval(accuracy * N, N),
        seeds: [1],
        seconds: 3.5 * (i + 1),
        gradientCalls: 10 * (i + 1),
        attack: { ...attack, steps: 10 * (i + 1) },
        surrogate,
        reported: anchors.find((anchor) => anchor.series === name && anchor.x === value)?.accuracy ?? null,
        quoted: false,
      };
    });
  return {
    x,
    caption,
    series: Object.fromEntries(Object.keys(series).map((name, i) => [name, curve(name, 0.04 + 0.05 * i)])),
    ...(x === "ε" ? { scale: "log", chance: 0.1 } : {}),
  };
}

/** One of the paper's figures in the form of a measured result. */
export function sampleFigure(name: FigureName): PanelsResult {
  const { panels: { left, right } } = reported(name);
  return {
    experiment: name,
    profile: "quick",
    dataset: "street-digits",
    caption: `Accuracy under ${left.attack.attack.toUpperCase()} <ε = 8 / 255>`,
    panels: { left: panel(left, `Left, by ${left.x}`), right: panel(right, `Right, by ${right.x}`) },
    findings: [{
      severity: "warning",
      message: `Our method: with ${left.x} larger the attack gets no stronger`,
      remedy: "Look at the gradient",
      about: { row: "Our method", column: "10", table: `${name}-left`, source: "measured" },
    }],
    provenance: sample.provenance,
  };
}

const mean = (value: number) => ({ mean: value, interval: [value - 0.02, value + 0.02] as const });
const like = (accuracy: number, near: number) => ({
  accuracy,
  interval: interval(accuracy * N, N),
  distances: { layer1: mean(near), layer4: mean(2 * near) },
  overlaps: { layer1: mean(1 - near), layer4: mean(1 - near / 2) },
});

const likeness: Omit<LikenessResult, "findings"> = {
  experiment: "figure2",
  profile: "quick",
  dataset: "street-digits",
  caption: "What the classifier sees under PGD",
  row: "Our method (Qs = 10)",
  n: N,
  layers: { maps: "layer1", heat: "layer1" },
  original: { accuracy: 0.96, interval: interval(0.96 * N, N) },
  untouched: like(0.95, 0.1),
  unrelated: like(0.1, 0.7),
  attacks: {
    "Oblivious PGD": {
      attack: { attack: "pgd", steps: 10 },
      surrogate: "oblivious",
      attacked: like(0.02, 0.5),
      cleaned: like(0.88, 0.2),
    },
  },
  provenance: sample.provenance,
};

/** A PNG of one red pixel. */
export const PIXEL = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
);

/** A site with every kind of content; the numbers are made up. */
export function sampleSite(): Site {
  const courseRun: Result = { ...sample, profile: "course", dataset: "fashion-mnist" };
  const { rows: _, columns: __, ...head } = sample,
    figures = [sampleFigure("figure4"), sampleFigure("figure3")];
  return {
    title: "Sample & site",
    introduction: "Made up <for tests>",
    runs: [
      ...figures.map((found) => ({ found })),
      {
        found: { ...likeness, findings: likenessFindings(likeness) },
        pictures: [{ png: PIXEL, caption: "A pixel" }],
      },
      { found: sample, checklists: checklist(sample), pictures: [{ png: PIXEL, caption: `"Red" <pixel>` }] },
      { found: courseRun },
      {
        found: {
          ...head,
          experiment: "steps",
          caption: "One panel",
          x: "iterations",
          series: figures[1]!.panels["right"]!.series,
        },
        checklists: checklist(measuredEvidence({ dataset: "a", ...figures[1]!.panels["right"]! })),
      },
    ],
    paper: { table1: reported("table1"), table2: reported("table2") },
    paperChecklists: checklist(sample),
  };
}
