/** The look of all figures: colours, and font sizes in pixels. */

/** The colour of text. */
export const INK = "#1a1a1a";
/** The colour of less important text and of axes. */
export const QUIET = "#57606a";
/** The colour of grid lines. */
export const RULE = "#d8dee4";
/** The font size of most text. */
export const TEXT = 12;
/** The font size of the titles of axes and panels. */
export const LABEL = 13;
/** The font size of the figure's title. */
export const TITLE = 15;
/** The height of a line, in font sizes; the same as Plotly's. */
export const LINE = 1.3;
