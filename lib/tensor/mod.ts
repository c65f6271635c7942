/**
 * The one door to TensorFlow.js: engines, seeds, loops that free what they pass, gradients.
 *
 * @module
 */
export * from "./backend.ts";
export * from "./batch_norm.ts";
export * from "./gradient.ts";
export * from "./images.ts";
export * from "./iterate.ts";
export * from "./seed.ts";
export * from "./straight_through.ts";
export * from "./tf.ts";
