/**
 * Attacks: functions of what is differentiated, a batch, and options; and what they are made of.
 *
 * @module
 */
export * from "./kinds.ts";
export * from "./active_set.ts";
export * from "./attack.ts";
export * from "./attack_loss.ts";
export * from "./attack_options.ts";
export * from "./attack_spec.ts";
export * from "./ball.ts";
export * from "./bpda.ts";
export * from "./carlini_wagner/l2.ts";
export * from "./carlini_wagner/linf.ts";
export * from "./check_batch.ts";
export * from "./diverse_input.ts";
export * from "./eot.ts";
export * from "./feature_adversary.ts";
export * from "./finite.ts";
export * from "./image_seeds.ts";
export * from "./iterated.ts";
export * from "./judge_attack.ts";
export * from "./minimal.ts";
export * from "./predicted_labels.ts";
export * from "./projected_ascent.ts";
export * from "./redrawn.ts";
export * from "./sequence.ts";
export * from "./strength.ts";
export * from "./threats/mod.ts";
