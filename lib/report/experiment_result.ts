import type { FigureResult, PanelsResult, Result } from "../evaluation/mod.ts";

/** The result of an experiment: a table, or a figure of one panel or several. */
export type ExperimentResult = Result | FigureResult | PanelsResult;
