import type { FigureResult, PanelsResult, Result } from "../evaluation/mod.ts";

/** What an experiment has found: a table, or a figure of one panel or several. */
export type Found = Result | FigureResult | PanelsResult;
