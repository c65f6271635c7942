/**
 * What comes in kinds: names and how misspelt ones are guessed, settings with defaults and bounds, and registries.
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
  shown,
  size,
  text,
  word,
} from "./settings.ts";
