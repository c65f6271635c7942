/** Where a long computation says how far it is: a terminal, a notebook, or nothing (`lib/report` has these). */
export interface Progress {
  /**
   * Says that `done` of `total` steps are finished.
   *
   * @param done Finished steps, 0 to `total`.
   * @param total All steps.
   * @param facts What else is worth a look, such as `{ loss: 0.21 }`.
   */
  update(done: number, total: number, facts?: Readonly<Record<string, string | number>>): void;
  /** Says that the work is over, finished or not. */
  done(): void;
}
