/**
 * The gradient of a convolution by its input: the package's own is slow. It is put together from convolutions.
 */
import { type Convolution, convolve, type Ending } from "./convolution.ts";
import type { Machine } from "./engine.ts";
import { type Attributes, geometry } from "./geometry.ts";
import { floats, type Info } from "./heap.ts";

/**
 * One axis of one phase. Input positions y with (y + padding) mod stride = phase see only the filter's taps phase,
 * phase + stride, …: their gradient is a convolution of dy, of stride 1, with these taps in reverse.
 */
interface Phase {
  readonly taps: readonly number[];
  /** The first input position of the phase, and how many there are. */
  readonly start: number;
  readonly count: number;
  /** What dy is padded with; negative where it is cropped. */
  readonly before: number;
  readonly after: number;
}

function phases(input: number, kernel: number, stride: number, padding: number, output: number): Phase[] {
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
      after: last - (output - 1),
    });
  }
  return found;
}

/** ∂/∂input: a convolution of dy with a part of the filter for each of the stride² phases. */
export function inputGradient(
  machine: Machine,
  dy: Info,
  filter: Info,
  shape: readonly number[],
  attributes: Attributes,
  ending: Ending = {},
): Info {
  if (shape.includes(0)) return machine.backend.makeOutput(shape, "float32");
  const g = geometry(shape, filter.shape, attributes);
  const { inHeight, inWidth, strideHeight, strideWidth, filterHeight, filterWidth } = g;
  const down = phases(inHeight, filterHeight, strideHeight, g.padInfo.top, g.outHeight);
  const across = phases(inWidth, filterWidth, strideWidth, g.padInfo.left, g.outWidth);
  const part = (rows: Phase, columns: Phase): Convolution => ({
    taps: { rows: rows.taps, columns: columns.taps, exchanged: true },
    strides: [1, 1],
    top: rows.before,
    left: columns.before,
    outHeight: rows.count,
    outWidth: columns.count,
    ending,
  });
  if (strideHeight === 1 && strideWidth === 1) {
    return convolve(machine, dy, filter, part(down[0]!, across[0]!));
  }
  const result = machine.backend.makeOutput(shape, "float32");
  // A stride beyond the kernel leaves positions that nothing saw.
  if (filterHeight < strideHeight || filterWidth < strideWidth) floats(machine.backend, result).fill(0);
  const grid = { result, pixel: strideWidth, line: strideHeight * inWidth, image: inHeight * inWidth };
  for (const rows of down) {
    for (const columns of across) {
      const into = { ...grid, first: rows.start * inWidth + columns.start };
      convolve(machine, dy, filter, { ...part(rows, columns), into });
    }
  }
  return result;
}
