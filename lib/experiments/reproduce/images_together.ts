import { type Deployment, RANDOM_DRAWS, traitsOf } from "../../defenses/mod.ts";

/** Images that go through the classifier together. */
const TOGETHER = 128;

/** The same where they are attacked one by one. */
const IMAGES = 100;

/**
 * How many images of a data set are attacked together. A gradient through a defense that draws random numbers holds all its draws
 * in memory: so fewer images go together, which costs no time. What comes out does not depend on it.
 */
export function imagesTogether({ row }: Pick<Deployment, "row">): number {
  return traitsOf(row).includes("randomised") ? TOGETHER / RANDOM_DRAWS : IMAGES;
}
