/** Which number a {@linkcode Finding} is about. */
export interface FindingSubject {
  /** The row's head, as printed. */
  readonly row?: string;
  /** The column's head, as printed. */
  readonly column?: string;
  /** The table of the paper, for a reported number; the panel of a figure (`figure4-right`), for a point of it. */
  readonly table?: string;
  /** Whether the number was measured here or is reported by the paper. */
  readonly source: "measured" | "reported";
}

/** A reason to doubt a number, and what to do about it; printed as a footnote under the table. */
export interface Finding {
  /**
   * "serious": the number can't be the robustness that it looks like. "warning": it needs a closer look. "note": good
   * to know, for example of numbers that the paper quotes from others.
   */
  readonly severity: "note" | "warning" | "serious";
  /** What was seen, with the numbers, in plain words. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
  /** The number in doubt. */
  readonly about?: FindingSubject;
}
