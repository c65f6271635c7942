/** Counts of images whose values are faulty, so that the numbers of a measurement are in doubt. */
export interface Faults {
  /** Images with NaN among their logits. They never count as classified correctly. */
  readonly undecided: number;
  /** Attacked images that hold NaN or infinity. The original image is judged in their place. */
  readonly notFinite: number;
  /** Attacked images outside their ball or outside [0, 1]. The original image is judged in their place. */
  readonly outside: number;
}

/** No faults. */
export const NO_FAULTS: Faults = { undecided: 0, notFinite: 0, outside: 0 };

/** Whether any image is faulty. */
export function hasFaults({ undecided, notFinite, outside }: Faults): boolean {
  return undecided + notFinite + outside > 0;
}

/** The sum of the faults of two parts of a measurement. */
export function addFaults(a: Faults, b: Faults): Faults {
  return {
    undecided: a.undecided + b.undecided,
    notFinite: a.notFinite + b.notFinite,
    outside: a.outside + b.outside,
  };
}
