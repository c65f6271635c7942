import { bpda, type Randomised } from "../../attacks/mod.ts";
import type { Classifier, Images, Parameters } from "../../tensor/mod.ts";
import { type Stand, standAveraged, standBehind } from "../stand.ts";

/** What is done to images before they are classified. */
export interface Transformation {
  /**
   * Draws the random numbers of a pass, tensors by name, for images of `[height, width, channels]`: all images of a batch
   * share them. Absent where nothing is random.
   */
  draw?(seed: number, shape: readonly number[]): Parameters;
  /** Transforms images, with the gradient that it has. */
  apply(images: Images, drawn: Parameters): Images;
  /** The same values with a gradient of use, where `apply` has none. */
  straight?(images: Images, drawn: Parameters): Images;
}

/** A function of images and drawn numbers. */
type Apply = Transformation["apply"];

/**
 * A transformation that has no gradient, since it chooses, or runs a solver as a program of its own: attackers who take it as
 * it is get zero, others pass it over (BPDA, Athalye et al. 2018).
 *
 * @param apply From images to images of the same shape.
 */
export function withoutGradient(apply: Apply): Pick<Transformation, "apply" | "straight"> {
  return {
    apply: (images, drawn) => bpda((x: Images) => apply(x, drawn), { backward: "skip" })(images),
    straight: (images, drawn) => bpda((x: Images) => apply(x, drawn), { backward: "identity" })(images),
  };
}

/** A classifier behind a transformation, for the attackers that there are; a random one stands as the mean over draws. */
export function standTransformed(
  classifier: Classifier,
  { draw, apply, straight }: Transformation,
  seed: number,
): Stand {
  if (draw === undefined) {
    return standBehind(
      classifier,
      (images) => apply(images, {}),
      straight && ((images) => straight(images, {})),
    );
  }
  const behind = (how: Apply): Randomised => (images, seed) =>
    classifier(how(images, draw(seed, images.shape.slice(1))));
  const surrogatesOf = (how: Apply) => standAveraged(behind(how), seed).surrogates!;
  return {
    ...standAveraged(behind(apply), seed),
    surrogates: {
      ...surrogatesOf(straight ?? apply),
      "white-box": surrogatesOf(apply)["white-box"]!,
      "oblivious": classifier,
    },
  };
}
