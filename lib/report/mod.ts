/**
 * How results are shown: tables, pages, pictures, progress; in a terminal, a notebook, a browser.
 *
 * Knows results by their types only.
 *
 * @module
 */
export * from "./difference.ts";
export * from "./display.ts";
export * from "./gallery.ts";
export * from "./page.ts";
export * from "./progress.ts";
export * from "./table.ts";
export * from "./tabulated.ts";
export * from "./verdicts.ts";
