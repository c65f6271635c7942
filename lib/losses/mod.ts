/**
 * The losses: what attacks ascend (cross-entropy, margin, difference-of-logits ratio), and what the cleaning network
 * and its detector are trained on, Eq. (3)-(6).
 *
 * @module
 */
export * from "./cross_entropy.ts";
export * from "./dlr.ts";
export * from "./game.ts";
export * from "./margin.ts";
export * from "./perceptual.ts";
