import type { Images } from "../../tensor/mod.ts";

/**
 * The w with image = (tanh w + 1) / 2, so that any w is an image in [0, 1] (Carlini & Wagner 2017).
 *
 * Black and white would lie at infinity; the factor 0.999999 of the authors' code brings them back to ±7.25.
 */
export function toTanhSpace(images: Images): Images {
  return images.mul(2).sub(1).mul(0.999999).atanh() as Images;
}

/** (tanh w + 1) / 2. */
export function fromTanhSpace(w: Images): Images {
  return w.tanh().mul(0.5).add(0.5) as Images;
}
