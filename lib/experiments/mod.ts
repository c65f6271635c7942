/**
 * The paper's experiments as data, and their one interpreter.
 *
 * @module
 */
export * from "./contestant.ts";
export * from "./every_attack.ts";
export * from "./figure.ts";
export * from "./figure2.ts";
export * from "./figure3.ts";
export * from "./figure4.ts";
export * from "./illustrate.ts";
export * from "./profile.ts";
export * from "./reproduce.ts";
export * from "./reproduce_figure.ts";
export * from "./setting.ts";
export * from "./shared_networks.ts";
export * from "./table.ts";
export * from "./table1.ts";
export * from "./table2.ts";
export * from "./table3.ts";
export * from "./table4.ts";
export * from "./traits.ts";
export * from "./visualise.ts";
