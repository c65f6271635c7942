/**
 * Attacks: functions of what is differentiated, a batch, and options; and what they are made of.
 *
 * @module
 */
export * from "./attack_loss.ts";
export * from "./attack_options.ts";
export * from "./attack_spec.ts";
export * from "./ball.ts";
export * from "./bim.ts";
export * from "./fgs.ts";
export * from "./iterated.ts";
export * from "./pgd.ts";
export * from "./projected_ascent.ts";
export * from "./strongest.ts";
