/**
 * The gradient of a convolution by its input: the package's own is slow. It is put together from convolutions.
 */
import { convolve, type Ending, packed, tensorsOf } from "./convolution.ts";
import type { Machine } from "./engine.ts";
import { type Attributes, geometry } from "./geometry.ts";
import { floats, type Info } from "./heap.ts";
import { phases } from "./jobs/phases.ts";

/** ∂/∂input: a convolution of dy, or for strides one with a part of the filter for each of the stride² phases. */
export function inputGradient(
  machine: Machine,
  dy: Info,
  filter: Info,
  shape: readonly number[],
  attributes: Attributes,
  ending: Ending = {},
): Info {
  const { backend, engine } = machine;
  if (shape.includes(0)) return backend.makeOutput(shape, "float32");
  const g = geometry(shape, filter.shape, attributes);
  const { strideHeight: strideY, strideWidth: strideX, filterHeight: height, filterWidth: width } = g;
  const { inHeight: outHeight, inWidth: outWidth, inChannels: outputs, batchSize, padInfo } = g;
  const down = phases(outHeight, height, strideY, padInfo.top);
  const across = phases(outWidth, width, strideX, padInfo.left);
  if (strideY === 1 && strideX === 1) {
    const [rows, columns] = [down[0]!, across[0]!];
    return convolve(machine, dy, filter, {
      taps: { rows: rows.taps, columns: columns.taps, exchanged: true },
      ...{ strides: [1, 1], top: rows.before, left: columns.before, outHeight, outWidth, ending },
    });
  }
  const result = backend.makeOutput(shape, "float32");
  // A stride beyond the kernel leaves positions that nothing saw.
  if (height < strideY || width < strideX) floats(backend, result).fill(0);
  const taps = down.flatMap((rows) =>
    across.map((columns) => ({ rows: rows.taps, columns: columns.taps, exchanged: true }))
  );
  if (taps.length === 0) return result;
  engine.run("phased", {
    ...tensorsOf(machine, dy, result, ending),
    ...{ f: packed(machine, filter, taps), height, width, strideY, strideX },
    ...{ inHeight: g.outHeight, inWidth: g.outWidth, channels: g.outChannels },
    ...{ outHeight, outWidth, outputs, top: padInfo.top, left: padInfo.left },
  }, batchSize);
  return result;
}
