/** A figure in the form that Plotly draws: plain JSON. */
export interface PlotlyFigure {
  /** The traces. */
  readonly data: readonly Readonly<Record<string, unknown>>[];
  /** Axes, title, legend. */
  readonly layout: Readonly<Record<string, unknown>> & {
    /** The width in pixels. */
    readonly width?: number;
    /** The height in pixels. */
    readonly height?: number;
  };
  /** Plotly's settings for interaction. */
  readonly config?: Readonly<Record<string, unknown>>;
}
