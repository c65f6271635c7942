/**
 * The losses that attacks maximise (cross-entropy, margin, difference-of-logits ratio), and the losses of the cleaning
 * network and its detector, Eq. (3)-(6).
 *
 * @module
 */
export * from "./cross_entropy.ts";
export * from "./divergence.ts";
export * from "./dlr.ts";
export * from "./game.ts";
export * from "./logit_distance.ts";
export * from "./margin.ts";
export * from "./perceptual.ts";
export * from "./soft_cross_entropy.ts";
