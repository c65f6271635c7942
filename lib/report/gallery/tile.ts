import type { Images } from "../../tensor/mod.ts";

/** The pixels of one image, and its enlargement. */
export interface Tile {
  /** `[height, width, channels]`, in [0, 1]. */
  readonly pixels: ArrayLike<number>;
  readonly shape: readonly [height: number, width: number, channels: number];
  /** The enlargement: width and height of a drawn pixel. */
  readonly scale: number;
}

/** The height in pixels of the picture. */
export function tileHeight({ shape, scale }: Tile): number {
  return shape[0] * scale;
}

/** The width in pixels of the picture. */
export function tileWidth({ shape, scale }: Tile): number {
  return shape[1] * scale;
}

/** A batch of images as tiles. They are read at once, so the caller may free the images after the call. */
export async function tilesOf(images: Images, scale: number): Promise<Tile[]> {
  const [n, h, w, c] = images.shape, each = h * w * c;
  const data = await images.data() as Float32Array;
  return Array.from({ length: n }, (_, i) => ({
    pixels: data.subarray(i * each, (i + 1) * each),
    shape: [h, w, c],
    scale,
  }));
}

/**
 * Draws a tile into a canvas of 8-bit RGB. Its top left corner is at (x, y). Values outside [0, 1] are clipped; NaN is
 * drawn in magenta.
 */
export function paint(
  canvas: Uint8Array,
  canvasWidth: number,
  { pixels, shape: [h, w, channels], scale }: Tile,
  x: number,
  y: number,
): void {
  for (let row = 0; row < h * scale; row++) {
    for (let column = 0; column < w * scale; column++) {
      const from = (Math.floor(row / scale) * w + Math.floor(column / scale)) * channels;
      const to = ((y + row) * canvasWidth + x + column) * 3;
      for (let c = 0; c < 3; c++) {
        const value = pixels[from + (channels === 3 ? c : 0)]!;
        canvas[to + c] = Number.isNaN(value)
          ? (c === 1 ? 0 : 255)
          : Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    }
  }
}
