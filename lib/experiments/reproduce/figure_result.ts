import {
  chanceReached,
  type Finding,
  measuredFindings,
  type PanelResult,
  type PanelsResult,
  type Point,
  reportedFigureFindings,
} from "../../evaluation/mod.ts";
import { chosen, type MeasuringOptions } from "../circumstances.ts";
import { checkColumn, checkRow } from "../check_experiment.ts";
import { type Figure, type FigureCurve, type FigurePoint, pointsOf } from "../figure.ts";
import { breaksIn } from "./breaks_in.ts";
import { cellOf } from "./cell.ts";
import {
  type CellsOfDefense,
  measureCells,
  type MeasurementsOfCells,
  notesOnTraining,
} from "./measure_cells.ts";
import { printedAt, printedPlace } from "./printed.ts";
import { notesOnSeeds } from "./notes_on_seeds.ts";
import { settled } from "./settled.ts";

/** Which part of a figure. */
export interface FigureOptions extends MeasuringOptions {
  /** Which panels; default: all. */
  readonly panels?: readonly string[];
  /** Names of the curves to measure, in all panels; default: all. */
  readonly curves?: readonly string[];
}

/** A curve of a panel. */
interface PanelCurve {
  readonly panel: string;
  readonly name: string;
  readonly points: readonly FigurePoint[];
  /** The same points as cells to measure, those of one defense together. */
  readonly cells: readonly CellsOfDefense[];
}

const UNPRINTED =
  "The paper prints no points of its curves: what stands for it are numbers of its tables that lie on them.";

/** Measures a figure, curve by curve, and sets the paper's numbers that lie on it beside it. */
export async function figureResult(figure: Figure, options: FigureOptions): Promise<PanelsResult> {
  const wanted = chosen("panel", Object.keys(figure.panels), options.panels);
  const names = new Set(wanted.flatMap((panel) => Object.keys(figure.panels[panel]!.curves)));
  const known = chosen("curve", [...names], options.curves);
  const curves = wanted.flatMap((panel) =>
    Object.entries(figure.panels[panel]!.curves).flatMap(([name, curve]) =>
      known.includes(name) ? [curveOf(figure.name, panel, name, curve)] : []
    )
  );
  const { circumstances, provenance, measurements, seeds, elsewhere } = await measureCells(
    figure,
    curves.flatMap(({ cells }) => cells),
    options,
  );
  const { profile, dataset } = circumstances, left = [...measurements], seedsLeft = [...seeds];
  const panels: Record<string, PanelResult> = {}, findings: Finding[] = [];
  const broken = breaksIn(curves.map(({ name, points }) => [name, points[0]!.row]), dataset);
  for (const panel of wanted) {
    const paper = printedPlace(figure.name, panel), series: Record<string, readonly Point[]> = {};
    for (const { name, points, cells } of curves.filter((curve) => curve.panel === panel)) {
      const found: MeasurementsOfCells = left.splice(0, cells.length).flat();
      const from = seedsLeft.splice(0, cells.length).flatMap((seeds, j) => cells[j]!.cells.map(() => seeds));
      series[name] = points.map(({ x, row, column }, i) => ({
        x,
        ...cellOf(found[i]!, row, settled(column, profile), from[i]!, printedAt(paper, name, x)),
      }));
    }
    const { title, x, scale, chance } = figure.panels[panel]!;
    const result: PanelResult = {
      caption: title,
      x,
      series,
      ...(scale === undefined ? {} : { scale }),
      ...(chance === undefined ? {} : { chance }),
    };
    panels[panel] = result;
    const table = `${figure.name}-${panel}`;
    for (
      const { about, ...doubt } of [
        ...measuredFindings({ dataset, x, series, ...broken }),
        ...chanceReached(result),
      ]
    ) {
      findings.push({ ...doubt, about: { source: "measured", ...about, table } });
    }
    if (paper) findings.push(...reportedFigureFindings(paper.figure, paper.place));
  }
  const notes = [
    ...(printedPlace(figure.name, "left") ? [UNPRINTED] : []),
    ...notesOnSeeds(
      curves.flatMap(({ name: head, cells }) => cells.map(({ row }) => ({ head, row })))
        .map((curve, i) => ({ ...curve, seeds: seeds[i]! })),
    ).notes ?? [],
    ...notesOnTraining({ elsewhere }),
  ];
  return {
    experiment: figure.name,
    profile: profile.name,
    dataset,
    caption: figure.title,
    panels,
    findings,
    ...broken,
    provenance,
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** A curve as cells: over q, each point has a network of its own; over steps, all points are moments of one run. */
function curveOf(figure: string, panel: string, name: string, curve: FigureCurve): PanelCurve {
  const points = pointsOf(curve);
  for (const { row, column } of points) {
    checkRow(name, row);
    checkColumn(name, column);
  }
  const cells = [...Map.groupBy(points, ({ row }) => JSON.stringify(row)).values()].map((
    alike,
  ): CellsOfDefense => ({
    label: `${figure} ${panel}, ${name}`,
    head: name,
    row: alike[0]!.row,
    cells: alike.map(({ x, column }) => ({ label: `${x}`, column })),
    ...(curve.over === "steps" ? { oneRunOf: curve.attack } : {}),
  }));
  return { panel, name, points, cells };
}
