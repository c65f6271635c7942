/** How a line and the marks of its points look. */
export interface LineStyle {
  /** `#rrggbb`. */
  readonly colour: string;
  /** A marker of Plotly's that has an open form, too. */
  readonly marker: string;
  /** A dash of Plotly's. `dot` is kept for what the paper reports. */
  readonly dash: string;
}

// 3 : 1 or more on white, and apart for all kinds of colour blindness.
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

/** The style of the i-th line: neighbours differ in colour, marker and dash, and no two of eight in a row share two of them. */
export function lineStyle(i: number): LineStyle {
  return {
    colour: COLOURS[i % COLOURS.length]!,
    marker: MARKERS[(i + Math.floor(i / COLOURS.length)) % MARKERS.length]!,
    dash: DASHES[i % DASHES.length]!,
  };
}
