/**
 * One axis of one phase. Input positions y with (y + padding) mod stride = phase see only the filter's taps phase,
 * phase + stride, …: their gradient is a convolution of dy, of stride 1, with these taps in reverse.
 */
export interface Phase {
  readonly taps: readonly number[];
  /** The first input position of the phase, and how many there are. */
  readonly start: number;
  readonly count: number;
  /** What dy is padded with; negative where it is cropped. */
  readonly before: number;
}

/** The phases of an axis of so many input positions. */
export function phases(input: number, kernel: number, stride: number, padding: number): Phase[] {
  const found: Phase[] = [];
  for (let phase = 0; phase < Math.min(stride, kernel); phase++) {
    const taps: number[] = [];
    for (let tap = phase; tap < kernel; tap += stride) taps.unshift(tap);
    const first = Math.ceil((padding - phase) / stride);
    const last = Math.floor((input - 1 + padding - phase) / stride);
    if (last < first) continue; // an empty convolution would corrupt the heap
    found.push({
      taps,
      start: phase - padding + stride * first,
      count: last - first + 1,
      before: taps.length - 1 - first,
    });
  }
  return found;
}
