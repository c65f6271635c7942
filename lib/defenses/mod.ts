/**
 * Defenses: what stands between an image and the classifier.
 *
 * @module
 */
export * from "./defend.ts";
export * from "./gcln.ts";
export * from "./parametric_noise.ts";
