/**
 * Gradients of a convolution for the wasm backend, which lacks the one by the filter and has a slow one by the
 * input. The latter is put together from convolutions, the former from `BatchMatMul` without transposes.
 */
import { tf } from "../tf.ts";
import { CONVOLUTION } from "./wasm/fuse.ts";
import { type Convolution, convolve, type Ending, type Machine } from "./wasm/convolution.ts";
import { floats, forget, free, type Info, view, type WasmBackend } from "./wasm_heap.ts";
import { replaceKernel, runKernel } from "./wasm_kernels.ts";

/** What a convolution's gradient kernel is called with. */
interface Attributes {
  readonly dilations?: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

type Shape = [number, number, number, number];

function geometry(
  input: readonly number[],
  filter: readonly number[],
  attributes: Attributes,
): tf.backend_util.Conv2DInfo {
  const { strides, pad, dataFormat, dimRoundingMode } = attributes;
  if (dataFormat !== "NHWC") throw new RangeError(`Cannot convolve ${dataFormat} on wasm: NHWC only`);
  return tf.backend_util.computeConv2DInfo(input as Shape, filter as Shape, strides, 1, pad, dimRoundingMode);
}

/** The multiples of four, so that copies of channels are unrolled. */
const UNROLL = 4;

// --- by the input -------------------------------------------------------------------------------------------------

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

// --- by the filter ------------------------------------------------------------------------------------------------

/**
 * One axis of the grid on which x and dy are laid out. For each phase of the stride, x's positions `first`,
 * `first + 1`, … (in strides) lie on the grid's 0, 1, …. The zeros after a row serve as those before the next.
 */
interface Axis {
  readonly grid: number;
  readonly first: readonly number[];
  readonly count: readonly number[];
}

function axis(kernel: number, stride: number, output: number, input: number, padding: number): Axis {
  const reach = output + Math.floor((kernel - 1) / stride);
  const first: number[] = [], count: number[] = [];
  let grid = output;
  for (let phase = 0; phase < Math.min(stride, kernel); phase++) {
    const low = Math.max(0, Math.ceil((padding - phase) / stride));
    const high = Math.min(reach - 1, Math.floor((input - 1 + padding - phase) / stride));
    const found = Math.max(0, high - low + 1);
    first.push(low);
    count.push(found);
    grid = Math.max(grid, found + Math.max(low, reach - low - found));
  }
  return { grid, first, count };
}

/** Copies `count` pixels of `channels` floats into one row a channel: row[c · rowStride + i] = pixels[i · step + c]. */
function toRows(
  from: Float32Array,
  f: number,
  step: number,
  to: Float32Array,
  t: number,
  rowStride: number,
  count: number,
  channels: number,
): void {
  let c = 0;
  for (; c + UNROLL <= channels; c += UNROLL) {
    const a = t + c * rowStride, b = a + rowStride, d = b + rowStride, e = d + rowStride;
    for (let i = 0, s = f + c; i < count; i++, s += step) {
      to[a + i] = from[s]!;
      to[b + i] = from[s + 1]!;
      to[d + i] = from[s + 2]!;
      to[e + i] = from[s + 3]!;
    }
  }
  for (; c < channels; c++) {
    const a = t + c * rowStride;
    for (let i = 0, s = f + c; i < count; i++, s += step) to[a + i] = from[s]!;
  }
}

/**
 * ∂/∂filter by matrix products over moved views, without im2col.
 *
 * dy lies on a grid of positions, [positions, out]; x on the same grid, channel by channel, [in, positions], once for
 * each phase of the stride. The gradient of the tap (r, c) is then X(moved by r rows and c columns) · DY, and a moved
 * X is the same memory from another start. What a move drags in from the next row meets a zero of dy.
 */
export function filterGradient(
  backend: WasmBackend,
  x: Info,
  dy: Info,
  shape: readonly number[],
  attributes: Attributes,
): Info {
  const g = geometry(x.shape, shape, attributes);
  const { filterHeight, filterWidth, strideHeight, strideWidth, inHeight, inWidth, outHeight, outWidth } = g;
  const { inChannels, outChannels, batchSize, padInfo: { top, left } } = g;
  const down = axis(filterHeight, strideHeight, outHeight, inHeight, top);
  const across = axis(filterWidth, strideWidth, outWidth, inWidth, left);
  const positions = batchSize * down.grid * across.grid;
  // Zeros before each phase and after the last: taps reach back and on.
  const before = Math.max(...down.first) * across.grid + Math.max(...across.first);
  const after = filterHeight * across.grid + filterWidth;
  const phaseSize = before + inChannels * positions;
  const phaseStart = (a: number, b: number) => before + (a * across.first.length + b) * phaseSize;

  const result = backend.makeOutput(shape, "float32");
  const xGrid = backend.makeOutput([phaseStart(down.first.length, 0) + after], "float32");
  const dyGrid = backend.makeOutput([1, positions, outChannels], "float32");

  const dyFrom = floats(backend, dy), dyTo = floats(backend, dyGrid).fill(0), line = outWidth * outChannels;
  for (let n = 0, f = 0; n < batchSize; n++) {
    for (let row = 0; row < outHeight; row++, f += line) {
      dyTo.set(dyFrom.subarray(f, f + line), (n * down.grid + row) * across.grid * outChannels);
    }
  }
  const xFrom = floats(backend, x), xTo = floats(backend, xGrid).fill(0);
  down.first.forEach((firstRow, a) =>
    across.first.forEach((firstColumn, b) => {
      const column = firstColumn * strideWidth + b - left;
      for (let n = 0; n < batchSize; n++) {
        for (let row = 0; row < down.count[a]!; row++) {
          const y = (row + firstRow) * strideHeight + a - top;
          const f = ((n * inHeight + y) * inWidth + column) * inChannels;
          const t = phaseStart(a, b) + (n * down.grid + row) * across.grid;
          toRows(xFrom, f, strideWidth * inChannels, xTo, t, positions, across.count[b]!, inChannels);
        }
      }
    })
  );

  for (let r = 0; r < filterHeight; r++) {
    for (let c = 0; c < filterWidth; c++) {
      const a = r % strideHeight, b = c % strideWidth;
      const rows = Math.floor(r / strideHeight) - down.first[a]!;
      const columns = Math.floor(c / strideWidth) - across.first[b]!;
      const start = phaseStart(a, b) + rows * across.grid + columns;
      const moved = view(backend, xGrid, start, [1, inChannels, positions]);
      const flags = { transposeA: false, transposeB: false };
      const product = runKernel(backend, "BatchMatMul", { a: moved, b: dyGrid }, flags);
      const tap = floats(backend, product);
      floats(backend, result).set(tap, (r * filterWidth + c) * tap.length);
      forget(backend, moved);
      free(backend, product);
    }
  }
  free(backend, xGrid, dyGrid);
  return result;
}

/** A convolution, with what may follow it. */
function forward(
  machine: Machine,
  x: Info,
  filter: Info,
  attributes: Attributes,
  ending: Ending = {},
): Info {
  const { filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth, padInfo } = geometry(
    x.shape,
    filter.shape,
    attributes,
  );
  const count = (length: number) => Array.from({ length }, (_, i) => i);
  return convolve(machine, x, filter, {
    taps: { rows: count(filterHeight), columns: count(filterWidth), exchanged: false },
    strides: [strideHeight, strideWidth],
    top: padInfo.top,
    left: padInfo.left,
    outHeight,
    outWidth,
    ending,
  });
}

/** Whether the filter's taps lie apart: that is left to the package. */
function isDilated({ dilations = 1 }: Attributes): boolean {
  return [dilations].flat().some((dilation) => dilation !== 1);
}

/** Registers both gradients, and the convolution itself, alone and with what follows it. */
export function registerConvolutions(machine: Machine): void {
  const stock = (name: string) => tf.getKernel(name, "wasm")!.kernelFunc as (given: unknown) => Info;
  const [dilated, fused] = [stock("Conv2D"), stock("FusedConv2D")];
  replaceKernel("Conv2D", (given) => {
    const { inputs: { x, filter }, attrs } = given;
    return isDilated(attrs) ? dilated(given) : forward(machine, x, filter, attrs);
  });
  replaceKernel("FusedConv2D", (given) => {
    const { inputs: { x, filter, bias }, attrs } = given, { activation } = attrs;
    const known = activation === "linear" || activation === "relu", vector = !bias || bias.shape.length === 1;
    if (isDilated(attrs) || !known || !vector) return fused(given);
    return forward(machine, x, filter, attrs, { bias, relu: activation === "relu" });
  });
  replaceKernel(
    "Conv2DBackpropInput",
    ({ inputs: { dy, filter }, attrs }) => inputGradient(machine, dy, filter, attrs.inputShape, attrs),
  );
  replaceKernel(CONVOLUTION, ({ inputs: { x, filter, bias, add, mask }, attrs }) => {
    const ending = { bias, add, mask, relu: attrs.relu };
    return attrs.inputShape
      ? inputGradient(machine, x, filter, attrs.inputShape, attrs, ending)
      : forward(machine, x, filter, attrs, ending);
  });
  replaceKernel(
    "Conv2DBackpropFilter",
    ({ inputs, backend, attrs }) => filterGradient(backend, inputs.x, inputs.dy, attrs.filterShape, attrs),
  );
}
