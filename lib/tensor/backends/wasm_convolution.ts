/**
 * Gradients of a convolution for the wasm backend, which lacks the one by the filter and has a slow one by the
 * input. Both are put together from the fast kernels that are there: `Conv2D`, and `BatchMatMul` without transposes.
 */
import { tf } from "../tf.ts";
import { floats, forget, free, type Info, view, type WasmBackend } from "./wasm_heap.ts";
import { replaceKernel, runKernel } from "./wasm_kernels.ts";

/** What a convolution's gradient kernel is called with. */
interface Attributes {
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

/** The filter's taps of a phase, with its channels exchanged: [kh, kw, in, out] → [rows, columns, out, in]. */
function phaseFilter(
  backend: WasmBackend,
  filter: Info,
  rows: readonly number[],
  columns: readonly number[],
): Info {
  const [, width, inputs, outputs] = filter.shape as Shape;
  const result = backend.makeOutput([rows.length, columns.length, outputs, inputs], "float32");
  const from = floats(backend, filter), to = floats(backend, result);
  let t = 0;
  for (const row of rows) {
    for (const column of columns) {
      const tap = (row * width + column) * inputs * outputs;
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < inputs; i++) to[t++] = from[tap + i * outputs + o]!;
      }
    }
  }
  return result;
}

function convolvePhase(backend: WasmBackend, dy: Info, filter: Info, rows: Phase, columns: Phase): Info {
  const taps = phaseFilter(backend, filter, rows.taps, columns.taps);
  const [n, height, width, channels] = dy.shape as Shape;
  const [top, bottom, left, right] = [rows.before, rows.after, columns.before, columns.after];
  const crop = (side: number) => Math.max(0, -side), pad = (side: number) => Math.max(0, side);
  const cropped = Math.min(top, bottom, left, right) < 0;
  const x = !cropped ? dy : runKernel(backend, "Slice", { x: dy }, {
    begin: [0, crop(top), crop(left), 0],
    size: [n, height - crop(top) - crop(bottom), width - crop(left) - crop(right), channels],
  });
  const result = runKernel(backend, "Conv2D", { x, filter: taps }, {
    strides: 1,
    dilations: 1,
    dataFormat: "NHWC",
    pad: [[0, 0], [pad(top), pad(bottom)], [pad(left), pad(right)], [0, 0]],
  });
  free(backend, taps);
  if (cropped) free(backend, x);
  return result;
}

/** ∂/∂input: a convolution of dy with a part of the filter for each of the stride² phases, then interleaved. */
export function inputGradient(
  backend: WasmBackend,
  dy: Info,
  filter: Info,
  shape: readonly number[],
  attributes: Attributes,
): Info {
  const g = geometry(shape, filter.shape, attributes);
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth } = g;
  const down = phases(inHeight, g.filterHeight, strideHeight, g.padInfo.top, g.outHeight);
  const across = phases(inWidth, g.filterWidth, strideWidth, g.padInfo.left, g.outWidth);
  if (strideHeight === 1 && strideWidth === 1) {
    return convolvePhase(backend, dy, filter, down[0]!, across[0]!);
  }

  const result = backend.makeOutput([batchSize, inHeight, inWidth, inChannels], "float32");
  floats(backend, result).fill(0); // a stride beyond the kernel leaves positions that nothing saw
  for (const rows of down) {
    for (const columns of across) {
      const part = convolvePhase(backend, dy, filter, rows, columns);
      const from = floats(backend, part), to = floats(backend, result);
      let f = 0;
      for (let n = 0; n < batchSize; n++) {
        for (let row = 0; row < rows.count; row++) {
          let t = ((n * inHeight + rows.start + row * strideHeight) * inWidth + columns.start) * inChannels;
          for (let column = 0; column < columns.count; column++) {
            for (let c = 0; c < inChannels; c++) to[t + c] = from[f++]!;
            t += strideWidth * inChannels;
          }
        }
      }
      free(backend, part);
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

/** The padding in numbers where "same" pads nothing, since there the package's own kernel returns zeros. */
function explicitPadding(
  input: readonly number[],
  filter: readonly number[],
  attributes: Attributes,
): Attributes {
  if (attributes.pad !== "same") return attributes;
  const { strideHeight, strideWidth, filterHeight, filterWidth, padInfo } = geometry(
    input,
    filter,
    attributes,
  );
  if (filterHeight >= strideHeight && filterWidth >= strideWidth) return attributes;
  const { top, bottom, left, right } = padInfo;
  return { ...attributes, pad: [[0, 0], [top, bottom], [left, right], [0, 0]] };
}

/** Registers both gradients, and mends the convolution for kernels that are smaller than the stride. */
export function registerConvolutions(): void {
  const stock = tf.getKernel("Conv2D", "wasm")!.kernelFunc as (given: unknown) => Info;
  replaceKernel("Conv2D", ({ inputs, backend, attrs }) => {
    return stock({ inputs, backend, attrs: explicitPadding(inputs.x.shape, inputs.filter.shape, attrs) });
  });
  replaceKernel(
    "Conv2DBackpropInput",
    ({ inputs, backend, attrs }) => inputGradient(backend, inputs.dy, inputs.filter, attrs.inputShape, attrs),
  );
  replaceKernel(
    "Conv2DBackpropFilter",
    ({ inputs, backend, attrs }) => filterGradient(backend, inputs.x, inputs.dy, attrs.filterShape, attrs),
  );
}
