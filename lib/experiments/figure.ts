import type { AttackSpec } from "../attacks/mod.ts";
import type { GclnRow } from "../defenses/mod.ts";
import { type SteadySpec, within } from "../evaluation/mod.ts";
import type { AttackColumn, MeasuredColumn, Row, ThreatModel } from "./table.ts";

/** Attacks with a `steps` setting whose first k steps are the same as the attack with k steps. */
export type SteppedSpec = Extract<SteadySpec, { readonly steps: number }>;

/** A curve: the quantity that varies, its values, and what is constant. Each point is measured like a cell of a table. */
export type FigureCurve =
  /** Over the GCLN's quantization parameter q, in the unit of the images, with another network at each point. The axis shows Qs = 255 q. */
  | {
    readonly over: "q";
    readonly at: readonly number[];
    readonly defense: { readonly defense: "gcln" } & Omit<GclnRow, "q">;
    readonly column: MeasuredColumn;
  }
  /** Over the number of steps of one run of an attack. The `steps` of its spec is ignored. */
  | {
    readonly over: "steps";
    readonly at: readonly number[];
    readonly defense: Row;
    readonly attack: SteppedSpec;
    readonly surrogate: ThreatModel;
  }
  /** Over the radius of the ball, with one run of the attack for each radius. The step size is proportional to the radius. */
  | {
    readonly over: "epsilon";
    readonly at: readonly number[];
    readonly defense: Row;
    readonly attack: AttackSpec;
    readonly surrogate: ThreatModel;
  };

/** Curves over the same horizontal axis. */
export interface FigurePanel {
  /** The title above the panel. */
  readonly title: string;
  /** The title of the horizontal axis: the paper's word, then the unit in parentheses. */
  readonly x: string;
  /** Whether the axis is linear or logarithmic; default linear. */
  readonly scale?: "linear" | "log";
  /** The accuracy of guessing, if the curves should fall to it. */
  readonly chance?: number;
  /** The curves by name: the paper's, then ours. */
  readonly curves: Readonly<Record<string, FigureCurve>>;
}

/** A figure of the paper, as data. To make a variation, spread it and change one line. */
export interface Figure {
  /** The name of the results. `figure2` to `figure4` get the paper's numbers beside them, other names none. */
  readonly name: string;
  /** The title above the figure, after its number. */
  readonly title: string;
  /** The name of the paper's data set. */
  readonly dataset: string;
  /** The panels by name, from left to right: `left`, `right`. */
  readonly panels: Readonly<Record<string, FigurePanel>>;
}

/** A point of a curve, which is measured like a cell of a table: a defense and an attack. */
export interface FigurePoint {
  /** Its value on the horizontal axis. */
  readonly x: number;
  /** The defense. */
  readonly row: Row;
  /** The attack. */
  readonly column: MeasuredColumn;
}

/** The paper's Qs of a quantization parameter q, for pixels from 0 to 255: Qs of 10 / 255 is 10. */
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
