/**
 * What a defense is made of, as far as it matters to an attacker: it draws random numbers in each pass; somewhere it has no
 * gradient, as rounding; it refuses images.
 */
export type DefenseTrait = "randomised" | "non-differentiable" | "detects";

/**
 * Where a defense acts: it trains the classifier in its own way; it changes images before they are classified; it refuses some of
 * them; or something of the classifier is built or computed in another way.
 */
export type DefensePlace = "in training" | "on images" | "by refusing" | "in the network";

/** All places. */
export const defensePlaces: readonly DefensePlace[] = [
  "in training",
  "on images",
  "by refusing",
  "in the network",
];

/** All of them. */
export const defenseTraits: readonly DefenseTrait[] = ["randomised", "non-differentiable", "detects"];
