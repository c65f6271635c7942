import type { Checklist, LikenessResult } from "../evaluation/mod.ts";
import type { ExperimentResult } from "./experiment_result.ts";

/** A picture that belongs to a run. */
export interface SitePicture {
  /** The PNG file. */
  readonly png: Uint8Array;
  /** A description of the picture in words; also printed under it. */
  readonly caption: string;
}

/** The result of one run of an experiment, with its pictures and checklists. */
export interface SiteRun {
  /** Its result: that of a table, of a figure, or of Figure 2. */
  readonly found: ExperimentResult | LikenessResult;
  /** Pictures of its images; default none. */
  readonly pictures?: readonly SitePicture[];
  /** The checklists of its numbers; default none. */
  readonly checklists?: readonly Checklist[];
}

/** What the paper says about one of its tables or figures. */
export interface SitePaper {
  /** The caption as printed. */
  readonly caption: string;
  /** What its text claims about the curves; default none. */
  readonly claims?: readonly string[];
  /** What it leaves open, and where its numbers contradict each other. */
  readonly notes: readonly string[];
}

/** The content of a site. */
export interface Site {
  /** The title of the page. */
  readonly title: string;
  /** One or two sentences that say what the page is. */
  readonly introduction: string;
  /** The runs, in any order. */
  readonly runs: readonly SiteRun[];
  /** What the paper says, by the names of its experiments. Experiments without a run are listed as not measured. */
  readonly paper?: Readonly<Record<string, SitePaper>>;
  /** The checklists of the paper's own numbers; default none. */
  readonly paperChecklists?: readonly Checklist[];
}
