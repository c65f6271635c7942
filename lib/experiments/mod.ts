/**
 * The paper's experiments as data, and their one interpreter.
 *
 * @module
 */
export * from "./contestant.ts";
export * from "./every_attack.ts";
export * from "./illustrate.ts";
export * from "./profile.ts";
export * from "./reproduce.ts";
export * from "./setting.ts";
export * from "./table.ts";
export * from "./table1.ts";
