import type { Checklist, LikenessResult } from "../evaluation/mod.ts";
import type { Found } from "./found.ts";

/** A picture that belongs to a run. */
export interface SitePicture {
  /** The PNG file. */
  readonly png: Uint8Array;
  /** What is to be seen, in words; stands under it, too. */
  readonly caption: string;
}

/** What one run of an experiment has found, and what else is shown of it. */
export interface SiteRun {
  /** Its numbers: a table's, a figure's, or those of Figure 2. */
  readonly found: Found | LikenessResult;
  /** Pictures of its images; default none. */
  readonly pictures?: readonly SitePicture[];
  /** What its numbers say of the evaluation; default none. */
  readonly checklists?: readonly Checklist[];
}

/** What the paper says of one of its tables or figures. */
export interface SitePaper {
  /** As printed. */
  readonly caption: string;
  /** What its text says of the curves; default nothing. */
  readonly claims?: readonly string[];
  /** What it leaves open, and where its numbers don't agree. */
  readonly notes: readonly string[];
}

/** What a site shows. */
export interface Site {
  /** What stands above everything. */
  readonly title: string;
  /** What this is, in a sentence or two. */
  readonly introduction: string;
  /** The runs, in any order. */
  readonly runs: readonly SiteRun[];
  /** What the paper says, by the names of its experiments: those without a run are listed as not measured. */
  readonly paper?: Readonly<Record<string, SitePaper>>;
  /** What the paper's own numbers say of its evaluation; default left out. */
  readonly paperChecklists?: readonly Checklist[];
}
