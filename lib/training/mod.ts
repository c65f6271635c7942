/**
 * Training: classifiers, the GCLN game, and networks as functions of their specs.
 *
 * @module
 */
export * from "./adv_gan.ts";
export * from "./adversary.ts";
export * from "./attack_pool.ts";
export * from "./backward_through.ts";
export * from "./checkpoint.ts";
export * from "./fit_adv_gan.ts";
export * from "./fit_classifier.ts";
export * from "./fit_gcln.ts";
export * from "./fit_options.ts";
export * from "./fit_parametric_noise.ts";
export * from "./fit_substitute.ts";
export * from "./history.ts";
export * from "./loop.ts";
export * from "./optimiser.ts";
export * from "./recovered.ts";
export * from "./sampler.ts";
export * from "./schedule.ts";
export * from "./spec.ts";
export * from "./trained.ts";
