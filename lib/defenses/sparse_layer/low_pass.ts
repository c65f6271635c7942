import { checkImages, type Images, tf } from "../../tensor/mod.ts";
import { dct, inverseDct } from "../../transform/mod.ts";

/**
 * The smooth part of images: the x that makes |x − s|² + λ (|∂x/∂i|² + |∂x/∂j|²) least (Tikhonov). λ = 5 as in Sun et al.
 *
 * The cosines of a whole image are the eigenvectors of that, so each is divided by 1 + λ (4 − 2 cos(π i / M) − 2 cos(π j / M)).
 *
 * Departure: the authors mirror images by 16 pixels at each border and take Fourier's transform. Cosines mirror them
 * without end.
 *
 * @param images `[n, side, side, c]`.
 * @returns The same shape; linear in the images.
 * @throws {RangeError} Where images are not square.
 */
export function lowPass(images: Images, lambda = 5): Images {
  checkImages("smooth", images);
  const [, h, w] = images.shape;
  if (h !== w) {
    throw new RangeError(`Cannot smooth ${h} × ${w} images by their cosines: square ones are wanted`);
  }
  const steepness = Float32Array.from({ length: h * w }, (_, k) => {
    const along = (i: number) => 2 - 2 * Math.cos(Math.PI * i / h);
    return 1 / (1 + lambda * (along(Math.floor(k / w)) + along(k % w)));
  });
  return tf.tidy(() => inverseDct(dct(images, h).mul(tf.tensor4d(steepness, [1, h, w, 1])) as Images, h));
}
