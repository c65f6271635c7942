/** A point of an accuracy curve. */
export interface CurvePoint {
  /** Its place on the horizontal axis, in the axis's unit. */
  readonly x: number;
  /** In [0, 1]; `null` where nothing was measured: the curve has a gap there. */
  readonly accuracy: number | null;
  /** From where to where the accuracy may lie, such as Wilson's 95 % interval. */
  readonly interval?: readonly [number, number];
  /** What else is said of it under the mouse. */
  readonly detail?: string;
}

/** Points by the name of their curve, in any order. */
export type CurveSeries = Readonly<Record<string, readonly CurvePoint[]>>;

/** Options of `curve`. */
export interface CurveOptions {
  /** What the horizontal axis is, with its unit: `ε / 255`, `steps`. */
  readonly x: string;
  /** What stands above the curves; default nothing. */
  readonly title?: string;
  /** The circumstances, under the title: data set, attack, number of images; default nothing. */
  readonly subtitle?: string;
  /** The paper's points, by the name of our curve that they belong beside; default none. */
  readonly reported?: CurveSeries;
  /** The accuracy of guessing, such as 0.1 for ten classes; default not drawn. */
  readonly chance?: number;
  /** How intervals are drawn; default `bars`. Bands suit many points. */
  readonly intervals?: "bars" | "band" | "none";
  /** The horizontal axis; default `linear`. */
  readonly scale?: "linear" | "log";
  /** In pixels; default 720. */
  readonly width?: number;
  /** Of the area between the axes, in pixels; default 320. */
  readonly plotHeight?: number;
}
