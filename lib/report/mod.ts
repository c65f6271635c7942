/**
 * Shows results as tables, pages and pictures, and the progress of work; in a terminal, a notebook or a browser.
 *
 * It imports nothing that computes results, only their types.
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
export * from "./feature_maps.ts";
export * from "./feature_tiles.ts";
export * from "./experiment_result.ts";
export * from "./gallery.ts";
export * from "./heat_map.ts";
export * from "./likeness.ts";
export * from "./page.ts";
export * from "./panels.ts";
export * from "./panels_of.ts";
export * from "./picture.ts";
export * from "./plotly_figure.ts";
export * from "./plotted.ts";
export * from "./progress.ts";
export * from "./site.ts";
export * from "./site_content.ts";
export * from "./shown.ts";
export * from "./table.ts";
export * from "./tabulated.ts";
export * from "./text.ts";
export * from "./verdicts.ts";
