/**
 * How results are shown: tables, pages, pictures, progress; in a terminal, a notebook, a browser.
 *
 * Knows results by their types only.
 *
 * @module
 */
export * from "./attack_costs.ts";
export * from "./checklist.ts";
export * from "./curve.ts";
export * from "./curve_of.ts";
export * from "./curve_options.ts";
export * from "./difference.ts";
export * from "./display.ts";
export * from "./gallery.ts";
export * from "./page.ts";
export * from "./panels.ts";
export * from "./plotly_figure.ts";
export * from "./plotted.ts";
export * from "./progress.ts";
export * from "./table.ts";
export * from "./tabulated.ts";
export * from "./verdicts.ts";
