/**
 * Data sets: images as bytes in memory, floats batch by batch.
 *
 * @module
 */
export * from "./augment.ts";
export * from "./data_error.ts";
export * from "./dataset.ts";
export * from "./street_digits.ts";
export * from "./datasets.ts";
