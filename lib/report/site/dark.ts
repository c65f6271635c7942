import { lineStyle } from "../curve/line_styles.ts";
import { INK, QUIET, RULE } from "../plotted/look.ts";

/**
 * The colours of lines on a dark page, in the order of `lineStyle`. Contrast of at least 4.5 : 1; different for readers with
 * any kind of colour blindness.
 */
export const DARK_LINES: readonly string[] = [
  "#3180ce",
  "#fe9723",
  "#38cf85",
  "#c06b94",
  "#e6e5e5",
  "#a7cbfd",
  "#a17533",
  "#7866fe",
];

/** The colours on a dark page, by the colours of a figure on white. */
export const DARK: Readonly<Record<string, string>> = {
  "#ffffff": "#0f1419",
  [QUIET]: "#9aa4ae",
  [RULE]: "#2c353e",
  "#6e7781": "#9aa4ae", // chance
  ...Object.fromEntries(DARK_LINES.map((colour, i) => [lineStyle(i).colour, colour])),
  [INK]: "#e6e5e5",
};

/** The CSS variable with the dark form of a colour; undefined where the colour has none. */
export function darkName(colour: string): string | undefined {
  return Object.hasOwn(DARK, colour) ? `--for-${colour.slice(1)}` : undefined;
}
