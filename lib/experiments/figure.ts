import type { AttackSpec } from "../attacks/mod.ts";
import type { GclnRow } from "../defenses/mod.ts";
import { type SteadySpec, within } from "../evaluation/mod.ts";
import type { AttackColumn, MeasuredColumn, Row, ThreatModel } from "./table.ts";

/** Attacks of which the first k steps are the attack of k steps, and that say how many they take. */
export type SteppedSpec = Extract<SteadySpec, { readonly steps: number }>;

/** A curve: what varies along it, where it is measured, and what stays as it is. Each point is a cell of a table. */
export type FigureCurve =
  /** Over the GCLN's quantization parameter, in the unit of the images: another network at each point. Its axis has Qs, 255 q. */
  | {
    readonly over: "q";
    readonly at: readonly number[];
    readonly defense: { readonly defense: "gcln" } & Omit<GclnRow, "q">;
    readonly column: MeasuredColumn;
  }
  /** Over the number of steps of one run of an attack; how many its spec says does not count. */
  | {
    readonly over: "steps";
    readonly at: readonly number[];
    readonly defense: Row;
    readonly attack: SteppedSpec;
    readonly surrogate: ThreatModel;
  }
  /** Over the radius of the ball: its norm counts, and the step is in proportion. Each radius is attacked for itself. */
  | {
    readonly over: "epsilon";
    readonly at: readonly number[];
    readonly defense: Row;
    readonly attack: AttackSpec;
    readonly surrogate: ThreatModel;
  };

/** Curves over one axis. */
export interface FigurePanel {
  /** What stands above the panel. */
  readonly title: string;
  /** The horizontal axis, the paper's word first, the unit in parentheses. */
  readonly x: string;
  /** Whether the axis has equal steps or equal ratios; default linear. */
  readonly scale?: "linear" | "log";
  /** The accuracy of guessing, where the curves ought to come down to it. */
  readonly chance?: number;
  /** By the paper's own names, and ours after them. */
  readonly curves: Readonly<Record<string, FigureCurve>>;
}

/** A figure of the paper, as data: to try something, spread it and change one line. */
export interface Figure {
  /** The name of the results; `figure3` and its like join the paper's numbers, any other name has none beside it. */
  readonly name: string;
  /** What stands above the figure, after its number. */
  readonly title: string;
  /** The name of the paper's data set. */
  readonly dataset: string;
  /** By their place, from left to right: `left`, `right`. */
  readonly panels: Readonly<Record<string, FigurePanel>>;
}

/** A point of a curve, which is a cell of a table: what defends there, and what attacks. */
export interface FigurePoint {
  /** Its place on the horizontal axis. */
  readonly x: number;
  /** What defends. */
  readonly row: Row;
  /** What attacks. */
  readonly column: MeasuredColumn;
}

/** The paper's Qs of a quantization parameter, where pixels are from 0 to 255: that of 10 / 255 is 10. */
function qs(q: number): number {
  return Math.round(255 * q * 1e6) / 1e6;
}

/** The points of a curve. */
export function pointsOf(curve: FigureCurve): FigurePoint[] {
  switch (curve.over) {
    case "q":
      return curve.at.map((q) => ({ x: qs(q), row: { ...curve.defense, q }, column: curve.column }));
    case "steps":
      return curve.at.map((steps) => attacked(curve, steps, { ...curve.attack, steps }));
    case "epsilon":
      return curve.at.map((epsilon) => attacked(curve, epsilon, within(curve.attack, epsilon)));
    default:
      return curve satisfies never;
  }
}

function attacked(
  { defense, surrogate }: Extract<FigureCurve, { readonly over: "steps" | "epsilon" }>,
  x: number,
  attack: AttackColumn["attack"],
): FigurePoint {
  return { x, row: defense, column: { kind: "attack", attack, surrogate } };
}
