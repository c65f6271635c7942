/** The look of a line and of the markers at its points. */
export interface LineStyle {
  /** A colour as `#rrggbb`. */
  readonly colour: string;
  /** The name of a Plotly marker that also exists as an outline. */
  readonly marker: string;
  /** The name of a Plotly dash pattern. `dot` is reserved for the paper's curves. */
  readonly dash: string;
}

// Contrast of at least 3 : 1 on white; different for readers with any kind of colour blindness.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#960f5a", "#1a1a1a", "#2d96ff", "#692d00", "#1e00b4"];
const MARKERS = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "triangle-down",
  "pentagon",
  "star",
  "hexagon",
];
const DASHES = ["solid", "dash", "dashdot", "longdash", "longdashdot"];

/**
 * The style of the i-th line. Neighbours differ in colour, marker and dash; any two of eight lines in a row differ in at
 * least two of the three.
 */
export function lineStyle(i: number): LineStyle {
  return {
    colour: COLOURS[i % COLOURS.length]!,
    marker: MARKERS[(i + Math.floor(i / COLOURS.length)) % MARKERS.length]!,
    dash: DASHES[i % DASHES.length]!,
  };
}
