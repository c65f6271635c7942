/** What makes the numbers of a measurement doubtful, as counts of images. */
export interface Faults {
  /** Images with NaN among their logits. They are never read right. */
  readonly undecided: number;
  /** Attacked images that hold NaN or infinity. The image as it was is judged in their place. */
  readonly notFinite: number;
  /** Attacked images outside their ball or outside [0, 1]. The image as it was is judged in their place. */
  readonly outside: number;
}

/** No faults. */
export const NO_FAULTS: Faults = { undecided: 0, notFinite: 0, outside: 0 };

/** Whether there is any fault. */
export function hasFaults({ undecided, notFinite, outside }: Faults): boolean {
  return undecided + notFinite + outside > 0;
}

/** The faults of two parts of a measurement together. */
export function addFaults(a: Faults, b: Faults): Faults {
  return {
    undecided: a.undecided + b.undecided,
    notFinite: a.notFinite + b.notFinite,
    outside: a.outside + b.outside,
  };
}
