/** How all figures look: colours, and sizes of letters in pixels. */

/** What is read. */
export const INK = "#1a1a1a";
/** What is read second. */
export const QUIET = "#57606a";
/** Lines to measure by. */
export const RULE = "#d8dee4";
/** Letters in general. */
export const TEXT = 12;
/** Letters of an axis's title, and a panel's. */
export const LABEL = 13;
/** Letters of the title. */
export const TITLE = 15;
/** From line to line, in sizes of letters: Plotly's. */
export const LINE = 1.3;
