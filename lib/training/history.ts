/** An entry of the history of a run: means over the steps since the entry before it. */
export interface HistoryEntry {
  /** Steps done. */
  readonly step: number;
  /** Seconds of training so far, over all sessions of the run. */
  readonly seconds: number;
  /** Losses, accuracies, and the learning rate, by name. */
  readonly [fact: string]: number;
}
