import type { PixelCnnSpec } from "../../networks/mod.ts";
import { numbersAPixel } from "../../networks/mod.ts";
import { type Images, outsideGraphs, type Parameters, tf } from "../../tensor/mod.ts";
import { Likeliest } from "./likeliest.ts";
import { pixelByPixel } from "./pixel_by_pixel.ts";
import { remembered } from "./remembered.ts";

/** Fields of {@link purifier}. */
export interface PurifyOptions {
  /** How far a value may move, in the unit of the images; a whole number of grey levels is meant: 16 / 255. */
  readonly reach: number;
}

/** A purification, which holds memory until `dispose`. */
export interface Purifier {
  /** From images in [0, 1] to the likelier images near them, on the 256 grey levels. Nothing of it has a gradient. */
  (images: Images): Images;
  /** Frees what it holds. */
  dispose(): void;
}

/** Images that go over the pixels together; more do not make a pixel cheaper. */
const TOGETHER = 256;
/** Images that are remembered, of 6 kB each. */
const REMEMBERED = 4096;

/**
 * PixelDefend's purification (Song et al. 2018, Algorithm 1): in raster order each value is replaced by the likeliest one within
 * `reach` of it, given the pixels that were replaced before. Channels of a pixel follow each other.
 *
 * It is a function of the images, and remembers the last ones: an image that is shown again costs nothing.
 *
 * @param spec The PixelCNN.
 * @param parameters Its parameters, which stay the caller's.
 */
export function purifier(spec: PixelCnnSpec, parameters: Parameters, { reach }: PurifyOptions): Purifier {
  const network = pixelByPixel(spec, parameters), memory = remembered(REMEMBERED);
  const grey = Math.round(reach * 255), numbers = numbersAPixel(spec);

  /** Purifies images, `count` of them one after the other in `original`. */
  function purified(
    original: Uint8Array,
    count: number,
    shape: readonly [number, number, number],
  ): Uint8Array {
    const [h, w, c] = shape, levels = new Uint8Array(original.length), choice = new Likeliest(numbers, c);
    network.over([count, h, w, c], (told, row, column) => {
      for (let image = 0; image < count; image++) {
        const at = ((image * h + row) * w + column) * c;
        choice.choose(told, image * numbers, { original, at, reach: grey }, levels, at);
      }
    }, levels);
    return levels;
  }

  const purify = (images: Images): Images => {
    outsideGraphs("PixelDefend's purification");
    const [n, h, w, c] = images.shape, size = h * w * c;
    const values = images.dataSync() as Float32Array, shown = Uint8Array.from(values, levelOf);
    const made = new Float32Array(values.length),
      image = (i: number) => shown.subarray(i * size, (i + 1) * size);
    const found = Array.from({ length: n }, (_, i) => memory.find(image(i)));
    const missing = found.flatMap((known, i) => known === undefined ? [i] : []);
    for (let start = 0; start < missing.length; start += TOGETHER) {
      const rows = missing.slice(start, start + TOGETHER), count = sizeFor(rows.length);
      const originals = new Uint8Array(count * size);
      rows.forEach((row, i) => originals.set(image(row), i * size));
      const levels = purified(originals, count, [h, w, c]);
      rows.forEach((row, i) => {
        found[row] = levels.slice(i * size, (i + 1) * size);
        memory.keep(image(row), found[row]!);
      });
    }
    found.forEach((levels, i) => levels!.forEach((level, k) => made[i * size + k] = level / 255));
    return tf.tensor4d(made, [n, h, w, c]);
  };
  return Object.assign(purify, { dispose: () => network.dispose() });
}

/** The grey level of a value; one that is no number is black. */
function levelOf(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value * 255)));
}

/** Graphs are for batches of a power of two. */
function sizeFor(count: number): number {
  return Math.min(TOGETHER, 2 ** Math.ceil(Math.log2(count)));
}
