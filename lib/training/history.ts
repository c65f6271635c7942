/** What a run was doing at one moment: means over the steps since the last entry. */
export interface HistoryEntry {
  /** Steps done. */
  readonly step: number;
  /** Seconds of training so far, over all sessions of the run. */
  readonly seconds: number;
  /** Losses, accuracies, and the learning rate, by name. */
  readonly [fact: string]: number;
}
