import {
  chanceReached,
  type Finding,
  measuredFindings,
  type Measurement,
  type PanelResult,
  type PanelsResult,
  type Point,
  reportedFigureFindings,
} from "../evaluation/mod.ts";
import type { Figure, FigurePanel } from "./figure.ts";
import { cellOf, settled, threatsIn } from "./reproduce/cell.ts";
import { chosen, isMeasured, labelled, prepare, type Prepared } from "./reproduce/runs.ts";
import { curveFrom } from "./reproduce_figure/curve.ts";
import { placesOf } from "./reproduce_figure/places.ts";
import { printedAt, printedPlace } from "./reproduce_figure/printed.ts";
import type { MeasuringOptions } from "./setting.ts";

/** Fields of {@link reproduceFigure}. */
export interface ReproduceFigureOptions extends MeasuringOptions {
  /** Which panels; default: all. */
  readonly panels?: readonly string[];
  /** Names of the curves to measure, in all panels; default: all. */
  readonly curves?: readonly string[];
}

const UNPRINTED =
  "The paper prints no points of its curves: what stands for it are numbers of its tables that lie on them.";

/** A measured panel, and what can't be as it seems in it. */
async function panelFrom(
  prepared: Prepared,
  figure: Figure,
  place: string,
  names: readonly string[],
): Promise<{ readonly panel: PanelResult; readonly findings: Finding[] }> {
  const { setting: { profile, seeds, dataset }, runs } = prepared;
  const { title, x, scale, chance, curves } = figure.panels[place]!;
  const paper = printedPlace(figure.name, place);
  const series: Record<string, Point[]> = {};
  for (const name of names) {
    const curve = curves[name]!, places = placesOf(curve);
    const found: (readonly (Measurement | undefined)[])[] = [];
    for (const run of runs) {
      found.push(await curveFrom(run, labelled(`${figure.name} ${place}, ${name}`, run, runs), curve));
    }
    series[name] = places.map(({ x, row, column }, i) => ({
      x,
      ...cellOf(
        found.map((points) => points[i]),
        row,
        settled(column, profile),
        seeds,
        printedAt(paper, name, x),
      ),
    }));
  }
  const panel: PanelResult = {
    caption: title,
    x,
    series,
    ...(scale === undefined ? {} : { scale }),
    ...(chance === undefined ? {} : { chance }),
  };
  const doubts = [...measuredFindings({ dataset, x, series }), ...chanceReached(panel)];
  const table = `${figure.name}-${place}`;
  const here = doubts.map(({ about, ...doubt }): Finding => ({
    ...doubt,
    about: { source: "measured", ...about, table },
  }));
  return { panel, findings: [...here, ...paper ? reportedFigureFindings(paper.figure, paper.place) : []] };
}

/** The curves of a panel that are wanted. */
function curvesOf({ curves }: FigurePanel, wanted: readonly string[] | undefined): readonly string[] {
  return Object.keys(curves).filter((name) => wanted === undefined || wanted.includes(name));
}

/**
 * Measures a figure of the paper, curve by curve, and sets the paper's numbers that lie on it beside it.
 *
 * The interpreter of figures, as `reproduce` is of tables, with the same networks, test images and cache: a point is a cell
 * of a table, and where a table has it already, it is taken from there. Each finished point is kept, those of one run of an
 * attack (over its steps) together, so a run that was stopped goes on where it was.
 *
 * @param figure The experiment, as data.
 * @returns The panels with their findings; accuracies are fractions.
 * @throws {RangeError} Where a panel, a curve, a profile or a data set is not known, or a curve over steps is of an attack
 * that restarts or stops on success.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Figure, reproduceFigure } from "@gcln/kit/experiments";
 *
 * const figure: Figure = {
 *   name: "mine",
 *   title: "A defense to come",
 *   dataset: "cifar10",
 *   panels: {
 *     left: {
 *       title: "Iterations",
 *       x: "iterations",
 *       curves: {
 *         "Mine": {
 *           over: "steps",
 *           at: [10, 20],
 *           defense: { defense: "not measured yet" },
 *           attack: { attack: "pgd", ball: { norm: "linf", epsilon: 8 / 255 }, stepSize: 1 / 255, steps: 20 },
 *           surrogate: "white-box",
 *         },
 *       },
 *     },
 *   },
 * };
 * const { panels } = await reproduceFigure(figure);
 * assertEquals(panels["left"]!.series["Mine"]!.map(({ x, accuracy }) => [x, accuracy]), [[10, null], [20, null]]);
 * ```
 */
export async function reproduceFigure(
  figure: Figure,
  options: ReproduceFigureOptions = {},
): Promise<PanelsResult> {
  const places = chosen("panel", Object.keys(figure.panels), options.panels);
  const known = new Set(places.flatMap((place) => Object.keys(figure.panels[place]!.curves)));
  chosen("curve", [...known], options.curves);
  const namesOf = (place: string) => curvesOf(figure.panels[place]!, options.curves);
  const needed = places.flatMap((place) =>
    namesOf(place).flatMap((name) => placesOf(figure.panels[place]!.curves[name]!))
  ).flatMap(({ row, column }) => isMeasured(row) ? [{ row, threats: threatsIn([column]) }] : []);
  const prepared = await prepare(figure, needed, options);
  const { setting: { profile, dataset }, provenance } = prepared;
  const panels: Record<string, PanelResult> = {}, findings: Finding[] = [];
  try {
    for (const place of places) {
      const found = await panelFrom(prepared, figure, place, namesOf(place));
      panels[place] = found.panel;
      findings.push(...found.findings);
    }
  } finally {
    for (const { networks } of prepared.runs) networks.dispose();
  }
  return {
    experiment: figure.name,
    profile: profile.name,
    dataset,
    caption: figure.title,
    panels,
    findings,
    provenance,
    ...(printedPlace(figure.name, "left") ? { notes: [UNPRINTED] } : {}),
  };
}
