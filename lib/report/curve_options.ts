/** A point of an accuracy curve. */
export interface CurvePoint {
  /** Its value on the horizontal axis, in the axis's unit. */
  readonly x: number;
  /** In [0, 1]; `null` where nothing was measured: the curve has a gap there. */
  readonly accuracy: number | null;
  /** The ends of a confidence interval of the accuracy, such as Wilson's 95 % interval. */
  readonly interval?: readonly [number, number];
  /** More text, shown when the mouse is over the point. */
  readonly detail?: string;
}

/** Points by the name of their curve, in any order. */
export type CurveSeries = Readonly<Record<string, readonly CurvePoint[]>>;

/** Options of `curve`. */
export interface CurveOptions {
  /** The title of the horizontal axis, with its unit: `ε / 255`, `steps`. */
  readonly x: string;
  /** The title above the curves; default none. */
  readonly title?: string;
  /** The circumstances, under the title: data set, attack, number of images; default none. */
  readonly subtitle?: string;
  /** The paper's points, by the name of our curve that they are compared with; default none. */
  readonly reported?: CurveSeries;
  /** The accuracy of guessing, such as 0.1 for ten classes; default not drawn. */
  readonly chance?: number;
  /** How intervals are drawn; default `bars`. `band` is easier to read where there are many points. */
  readonly intervals?: "bars" | "band" | "none";
  /** The scale of the horizontal axis; default `linear`. */
  readonly scale?: "linear" | "log";
  /** The width of the figure in pixels; default 720. */
  readonly width?: number;
  /** The height of the area between the axes in pixels; default 320. */
  readonly plotHeight?: number;
}
