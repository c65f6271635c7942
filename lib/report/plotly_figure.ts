/** A figure as Plotly takes it: JSON. */
export interface PlotlyFigure {
  /** The traces. */
  readonly data: readonly Readonly<Record<string, unknown>>[];
  /** Axes, title, legend. */
  readonly layout: Readonly<Record<string, unknown>> & {
    /** In pixels. */
    readonly width?: number;
    /** In pixels. */
    readonly height?: number;
  };
  /** How it behaves under the mouse. */
  readonly config?: Readonly<Record<string, unknown>>;
}
