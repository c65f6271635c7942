/**
 * What all kinds of things (attacks, defenses, data sets, threat models) share: registries of names, guesses for misspelt
 * names, and settings with defaults and bounds.
 *
 * @module
 */
export { codeDigest } from "./code_digest.ts";
export { nearestName } from "./nearest_name.ts";
export { type Named, type Registry, registry } from "./registry.ts";
export {
  type Bounds,
  callable,
  checkSetting,
  checkSettings,
  count,
  either,
  guess,
  list,
  object,
  type Setting,
  type SettingOptions,
  type Settings,
  settingsByName,
  size,
  text,
  valueText,
  word,
} from "./settings.ts";
