import type { Setting, SettingOptions } from "../kinds/mod.ts";

/** True or false. */
export function flag(options: SettingOptions = {}): Setting {
  return { wanted: "true or false", accepts: (value) => typeof value === "boolean", ...options };
}

/** A number that fixes what is random. */
export function anySeed(options: SettingOptions = {}): Setting {
  return { wanted: "a finite number", accepts: (value) => Number.isFinite(value), ...options };
}
