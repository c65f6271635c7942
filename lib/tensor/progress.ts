/** Where a long computation reports its progress: a terminal, a notebook, or nowhere (see `lib/report`). */
export interface Progress {
  /**
   * Reports that `done` of `total` steps are finished.
   *
   * @param done Finished steps, 0 to `total`.
   * @param total All steps.
   * @param facts Other numbers to show, such as `{ loss: 0.21 }`.
   */
  update(done: number, total: number, facts?: Readonly<Record<string, string | number>>): void;
  /**
   * Reports that the work has ended.
   *
   * @param ending `"stopped"` where it was not finished.
   */
  done(ending?: "stopped"): void;
}

/** The place of a piece of work in all of it. */
export interface ProgressPlace {
  /** Which piece it is, 1 to `of`. */
  readonly step: number;
  /** How many pieces there are. */
  readonly of: number;
  /** About how many seconds all pieces that are left take, this one included; absent before one is finished. */
  readonly secondsLeft?: number;
}
