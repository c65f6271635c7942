/** The gradient of a convolution by its filter, which the package lacks. */
import { suitsWinograd } from "./convolution.ts";
import type { Machine } from "./engine.ts";
import { type Attributes, geometry } from "./geometry.ts";
import { address, floats, free, type Info } from "./heap.ts";
import { tilesOf } from "./jobs/winograd.ts";
import { FLOAT, LANES, POINTS } from "./sizes.ts";

/** Floats that a part reads again and again: as many as fit into a core's first cache, and into its second. */
const STRIP_FLOATS = 8_000, BLOCK_FLOATS = 80_000;

/** How many parts there are about, where there are enough images, and the most channels in that a part takes. */
const PARTS = 24, CHUNK = 32;

/** The same for Winograd's, whose sums take four times the memory: fewer parts, so that less is summed up. */
const WINOGRAD_PARTS = 12, FEWEST_CHANNELS = 16;

/** Vectors of a part when groups are added up. */
const VECTORS = 512;

type Sizes = ReturnType<typeof sizesOf>;

/** What both ways are told. */
function sizesOf({ backend }: Machine, x: Info, dy: Info, g: ReturnType<typeof geometry>) {
  return {
    x: address(backend, x),
    dy: address(backend, dy),
    images: g.batchSize,
    channels: g.inChannels,
    outputs: g.outChannels,
    ...{ inHeight: g.inHeight, inWidth: g.inWidth, outHeight: g.outHeight, outWidth: g.outWidth },
    ...{ top: g.padInfo.top, left: g.padInfo.left },
  };
}

/**
 * ∂/∂filter: for each tap the sum of the outer products of pixels of x and of dy. How the sum is cut depends on shapes
 * alone, so that the result is the same for any number of threads.
 */
export function filterGradient(
  machine: Machine,
  x: Info,
  dy: Info,
  shape: readonly number[],
  attributes: Attributes,
): Info {
  const g = geometry(x.shape, shape, attributes), result = machine.backend.makeOutput(shape, "float32");
  if ([...x.shape, ...dy.shape].includes(0)) {
    floats(machine.backend, result).fill(0);
    return result;
  }
  const sizes = sizesOf(machine, x, dy, g);
  const winograd = suitsWinograd([shape[0]!, shape[1]!], [g.strideHeight, g.strideWidth], sizes);
  if (winograd) byWinograd(machine, sizes, result);
  else directly(machine, sizes, g, result);
  return result;
}

/** Neither x nor dy is copied or padded: for each tap only the pixels that it meets are read. */
function directly(machine: Machine, sizes: Sizes, g: ReturnType<typeof geometry>, result: Info): void {
  const { backend, engine } = machine, { images, channels, outputs, outHeight, outWidth } = sizes;
  const { filterHeight: height, filterWidth: width, strideHeight: strideY, strideWidth: strideX } = g;
  const chunk = Math.min(CHUNK, channels), parts = Math.ceil(channels / chunk) * height;
  const share = Math.ceil(images / Math.min(images, Math.ceil(PARTS / parts))),
    groups = Math.ceil(images / share);
  const size = height * width * channels * outputs, vectors = Math.ceil(size / LANES);
  const sums = backend.makeOutput([groups, vectors * LANES], "float32"), y = address(backend, sums);
  const line = outWidth * (outputs + strideY * strideX * chunk), distance = vectors * LANES * FLOAT;
  const strips = {
    stripRows: Math.ceil(outHeight / Math.ceil(outHeight * line / STRIP_FLOATS)),
    stripImages: Math.max(1, Math.floor(STRIP_FLOATS / (line * outHeight))),
  };
  const settings = { ...sizes, height, width, strideY, strideX, y, share, chunk, distance, ...strips };
  engine.run("filterGradient", settings, groups * parts);
  const sum = { x: y, distance, groups, y, vectors, share: VECTORS };
  if (groups > 1) engine.run("total", sum, Math.ceil(vectors / VECTORS));
  floats(backend, result).set(floats(backend, sums).subarray(0, size));
  free(backend, sums);
}

/** By the transpose of Winograd's algorithm: 36 products of numbers instead of 144. */
function byWinograd({ backend, engine }: Machine, sizes: Sizes, result: Info): void {
  const { images, channels, outputs } = sizes,
    { down, across } = tilesOf(sizes),
    all = images * down * across;
  // A part transforms all of dy for its channels of x: there should be some of these.
  const chunk = Math.min(channels, Math.max(FEWEST_CHANNELS, Math.ceil(channels / 4 / LANES) * LANES));
  const chunks = Math.ceil(channels / chunk), share = Math.ceil(all / Math.ceil(WINOGRAD_PARTS / chunks));
  const groups = Math.ceil(all / share);
  const tiles = Math.min(share, Math.max(LANES, Math.floor(BLOCK_FLOATS / (POINTS * (chunk + outputs)))));
  const sums = backend.makeOutput([groups, POINTS, channels, outputs], "float32"), y = address(backend, sums);
  engine.run("winogradSums", { ...sizes, y, share, chunk, tiles }, groups * chunks);
  const vectors = channels * outputs / LANES;
  const settings = { x: y, groups, y: address(backend, result), vectors, share: VECTORS };
  engine.run("winogradTaps", settings, Math.ceil(vectors / VECTORS));
  free(backend, sums);
}
