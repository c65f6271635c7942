import { type Deployment, RANDOM_DRAWS, traitsOf } from "../../defenses/mod.ts";

/** Images that are attacked together. */
const IMAGES = 100;

/** Draws of images that are attacked together, where a defense draws random numbers. */
const DRAWS = 128;

/**
 * How many images of a data set are attacked together. A gradient through a defense that draws random numbers holds all its draws
 * in memory: so fewer images go together, which costs no time. What comes out does not depend on it.
 */
export function imagesTogether({ row }: Pick<Deployment, "row">): number {
  return traitsOf(row).includes("randomised") ? DRAWS / RANDOM_DRAWS : IMAGES;
}
