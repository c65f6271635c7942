/**
 * Attacks: functions of what is differentiated, a batch, and options; and what they are made of.
 *
 * @module
 */
export * from "./active_set.ts";
export * from "./apgd.ts";
export * from "./apgd_targeted.ts";
export * from "./attack_loss.ts";
export * from "./attack_options.ts";
export * from "./attack_spec.ts";
export * from "./auto_attack.ts";
export * from "./ball.ts";
export * from "./bim.ts";
export * from "./bpda.ts";
export * from "./carlini_wagner.ts";
export * from "./carlini_wagner/l2.ts";
export * from "./carlini_wagner/linf.ts";
export * from "./check_batch.ts";
export * from "./deep_fool.ts";
export * from "./diverse_input.ts";
export * from "./eot.ts";
export * from "./fab.ts";
export * from "./fab_targeted.ts";
export * from "./feature_adversary.ts";
export * from "./fgs.ts";
export * from "./hop_skip_jump.ts";
export * from "./image_seeds.ts";
export * from "./iterated.ts";
export * from "./jsma.ts";
export * from "./judge_attack.ts";
export * from "./minimal.ts";
export * from "./momentum.ts";
export * from "./noise.ts";
export * from "./pgd.ts";
export * from "./predicted_labels.ts";
export * from "./projected_ascent.ts";
export * from "./redrawn.ts";
export * from "./sequence.ts";
export * from "./spsa.ts";
export * from "./square.ts";
export * from "./strength.ts";
export * from "./strongest.ts";
