import type { Images, tf } from "../tensor/mod.ts";
import type { ModelEnd } from "./_model.ts";

/** How a model takes images. */
export type Layout = "nhwc" | "nchw" | "flat";

/** All layouts. */
export const layouts: readonly Layout[] = ["nhwc", "nchw", "flat"];

/** The size of one image in a layout. */
function sizes(layout: Layout, [h, w, c]: readonly number[]): readonly number[] {
  if (layout === "nhwc") return [h!, w!, c!];
  return layout === "nchw" ? [c!, h!, w!] : [h! * w! * c!];
}

/** Images as a model takes them. */
export function placed(images: Images, layout: Layout, input: ModelEnd): tf.Tensor {
  checkSize(images, layout, input);
  if (layout === "nhwc") return images;
  const [n] = images.shape;
  return layout === "nchw" ? images.transpose([0, 3, 1, 2]) : images.reshape([n, images.size / n]);
}

function checkSize(images: Images, layout: Layout, { shape }: ModelEnd): void {
  const size = images.shape.slice(1);
  if (shape === undefined || fits(sizes(layout, size), shape)) return;
  const other = layouts.find((other) => fits(sizes(other, size), shape));
  const open = shape.map((side, i) => i === 0 ? "n" : isOpen(side) ? "any" : side);
  throw new RangeError(
    `Cannot take images of shape [${images.shape}], given to the model as [${[
      images.shape[0],
      ...sizes(layout, size),
    ]}]: ` +
      `it takes [${open}]${other === undefined ? "" : `, did you mean layout: "${other}"?`}`,
  );
}

function fits(image: readonly number[], [, ...wanted]: readonly (number | null)[]): boolean {
  return image.length === wanted.length && image.every((side, i) => isOpen(wanted[i]!) || side === wanted[i]);
}

function isOpen(side: number | null): boolean {
  return side === null || side < 0;
}

/**
 * The size of a batch that a model takes, `[n, h, w, c]`; what is open is undefined. Flat images are told as a row of
 * pixels with so many channels.
 */
export function batchSize(
  { shape = [] }: ModelEnd,
  layout: Layout,
  channels: number,
): readonly (number | undefined)[] {
  const [n, a, b, c] = shape.map((side) => isOpen(side) ? undefined : side as number);
  if (layout === "flat") {
    return [n, 1, a === undefined ? undefined : a / channels, a === undefined ? undefined : channels];
  }
  return layout === "nhwc" ? [n, a, b, c] : [n, b, c, a];
}
