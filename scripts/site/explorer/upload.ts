import { CHANNELS, PIXELS, SIDE } from "./settings.ts";

/**
 * The middle square of a reader's picture, scaled to what the networks read. Nothing leaves the browser.
 *
 * @param file A picture in a format that the browser knows.
 * @returns `[h, w, c]` in [0, 1].
 * @throws {Error} Where the browser can't read the file as a picture.
 */
export async function pixelsOf(file: Blob & { readonly name?: string }): Promise<Float32Array> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Error(
      `Cannot read ${file.name ?? "the file"} as a picture: PNG, JPEG, WebP, GIF and AVIF are known`,
    );
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const side = Math.min(picture.width, picture.height);
  const left = (picture.width - side) / 2, top = (picture.height - side) / 2;
  context.fillStyle = "white"; // behind what is transparent
  context.fillRect(0, 0, SIDE, SIDE);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  picture.close();
  return fromRgba(context.getImageData(0, 0, SIDE, SIDE).data);
}

/** An image of the canvas, without its fourth channel, in [0, 1]. */
export function fromRgba(rgba: Uint8ClampedArray): Float32Array {
  return Float32Array.from(
    { length: PIXELS },
    (_, i) => rgba[Math.floor(i / CHANNELS) * 4 + i % CHANNELS]! / 255,
  );
}
