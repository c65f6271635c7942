/**
 * What a defense is made of, as far as it matters to an attacker: it draws random numbers in each pass; somewhere it has no
 * gradient, as rounding; it refuses images.
 */
export type DefenseTrait = "randomised" | "non-differentiable" | "detects";

/** All of them. */
export const defenseTraits: readonly DefenseTrait[] = ["randomised", "non-differentiable", "detects"];
