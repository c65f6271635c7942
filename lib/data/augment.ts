import { checkSettings, count, type Settings } from "../kinds/mod.ts";
import { random } from "../tensor/mod.ts";
import { anySeed, flag } from "./_settings.ts";

/** Which random changes a batch undergoes before it is trained on. */
export interface Augmentation {
  /** Whether images are mirrored left to right with probability ½. Never for digits. Default false. */
  readonly flip?: boolean;
  /** Images move by up to this many whole pixels in x and y, their edge repeated. Default 0. */
  readonly shift?: number;
  /**
   * The side of a square that becomes grey, in pixels, at a random place whose centre is in the image (DeVries & Taylor 2017,
   * "cutout"). Default 0.
   */
  readonly cutout?: number;
}

/** What {@link augment} asks for. */
export interface AugmentOptions extends Augmentation {
  /** Fixes all draws. */
  readonly seed: number;
}

const settings: Settings = {
  flip: flag({ default: false }),
  shift: { wanted: "a whole number of at least 0", accepts: () => true, default: 0 }, // checked below
  cutout: count({ default: 0 }),
  seed: anySeed(),
};

/**
 * Mirrors and shifts images, and covers a part of them, on bytes: no tensors are made.
 *
 * @param pixels n images one after the other, `[n * height * width * channels]`.
 * @param shape Height, width and channels.
 * @returns New bytes of the same size.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { augment } from "@gcln/kit/data";
 *
 * const row = Uint8Array.of(1, 2, 3, 4);
 * const moved = augment(row, [1, 4, 1], { shift: 1, seed: 4 });
 * assertEquals(moved.length, 4);
 * assertEquals(augment(row, [1, 4, 1], { seed: 4 }), row);
 * ```
 */
export function augment(
  pixels: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  options: AugmentOptions,
): Uint8Array {
  checkSettings("augment", settings, options, ["seed"]);
  const { flip = false, shift = 0, cutout = 0, seed } = options;
  if (!Number.isInteger(shift) || shift < 0) {
    throw new RangeError(`Cannot shift by ${shift} pixels: it must be an integer of 0 or more`);
  }
  const next = random(seed), moved = new Uint8Array(pixels.length), size = height * width * channels;
  const draw = (): number => Math.floor(next() * (2 * shift + 1)) - shift;
  for (let image = 0; image < pixels.length; image += size) {
    const mirrored = next() < 0.5 && flip, dx = draw(), dy = draw();
    for (let y = 0, to = image; y < height; y++) {
      const row = image + clamp(y + dy, height) * width * channels;
      for (let x = 0; x < width; x++) {
        const column = clamp(x + dx, width);
        const from = row + (mirrored ? width - 1 - column : column) * channels;
        for (let c = 0; c < channels; c++) moved[to++] = pixels[from + c]!;
      }
    }
    if (cutout > 0) {
      const corner = (side: number) => Math.floor(next() * side) - Math.floor(cutout / 2);
      const top = corner(height), left = corner(width);
      for (let y = clamp(top, height + 1); y < clamp(top + cutout, height + 1); y++) {
        const row = image + y * width * channels;
        const [first, end] = [left, left + cutout].map((x) => row + clamp(x, width + 1) * channels);
        moved.fill(GREY, first, end);
      }
    }
  }
  return moved;
}

const GREY = 128;

function clamp(at: number, size: number): number {
  return at < 0 ? 0 : at < size ? at : size - 1;
}
