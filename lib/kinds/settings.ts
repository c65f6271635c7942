import { nearestName } from "./nearest_name.ts";

/** One option of a function, or one field of a spec: its allowed values and its default. */
export interface Setting {
  /** The allowed values in words, for errors: "a whole number of at least 1". */
  readonly wanted: string;
  /** Whether a value is allowed. */
  readonly accepts: (value: unknown) => boolean;
  /** The default, for `--help`, captions and documentation. */
  readonly default?: unknown;
  /** The allowed words, if only these words are allowed. */
  readonly words?: readonly string[];
}

/** The options of a function by name. */
export type Settings = Readonly<Record<string, Setting>>;

/** Options of all functions that make settings. */
export interface SettingOptions {
  /** The default. */
  readonly default?: unknown;
}

/** The bounds of a number. `least` and `most` are allowed values themselves, `above` is not. */
export interface Bounds extends SettingOptions {
  /** The smallest allowed number. */
  readonly least?: number;
  /** The largest allowed number. */
  readonly most?: number;
  /** The number must be larger than this. */
  readonly above?: number;
}

function bounded({ least, most, above }: Bounds): string {
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  const low = above !== undefined ? ` above ${above}` : least !== undefined ? ` of at least ${least}` : "";
  return most === undefined ? low : `${low}${low === "" ? " of" : " and"} at most ${most}`;
}

function isWithin(value: number, { least = -Infinity, most = Infinity, above = -Infinity }: Bounds): boolean {
  return value >= least && value <= most && value > above;
}

function preset({ default: value }: SettingOptions): Pick<Setting, "default"> {
  return value === undefined ? {} : { default: value };
}

/** A whole number; at least 0 unless its bounds say otherwise. */
export function count(bounds: Bounds = {}): Setting {
  const within: Bounds = bounds.above === undefined ? { least: 0, ...bounds } : bounds;
  return {
    wanted: `a whole number${bounded(within)}`,
    accepts: (value) => Number.isSafeInteger(value) && isWithin(value as number, within),
    ...preset(bounds),
  };
}

/** A finite number; at least 0 unless its bounds say otherwise. */
export function size(bounds: Bounds = {}): Setting {
  const within: Bounds = bounds.above === undefined ? { least: 0, ...bounds } : bounds;
  return {
    wanted: `a finite number${bounded(within)}`,
    accepts: (value) => Number.isFinite(value) && isWithin(value as number, within),
    ...preset(bounds),
  };
}

/** One of a few words. */
export function word(words: readonly string[], options: SettingOptions = {}): Setting {
  const quoted = words.map((word) => JSON.stringify(word));
  return {
    wanted: quoted.length === 1 ? quoted[0]! : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`,
    accepts: (value) => typeof value === "string" && words.includes(value),
    words,
    ...preset(options),
  };
}

/** A string. */
export function text(options: SettingOptions = {}): Setting {
  return { wanted: "a text", accepts: (value) => typeof value === "string", ...preset(options) };
}

/** A function. */
export function callable(): Setting {
  return { wanted: "a function", accepts: (value) => typeof value === "function" };
}

/** Any object: a signal, a progress, a record of networks. */
export function object(wanted = "an object"): Setting {
  return { wanted, accepts: (value) => typeof value === "object" && value !== null };
}

/** A list whose items all fit a setting. */
export function list(
  item: Setting,
  { least = 0, ...options }: Pick<Bounds, "least" | "default"> = {},
): Setting {
  return {
    wanted: `a list${least > 0 ? ` of at least ${least}` : ""}, each item ${item.wanted}`,
    accepts: (value) => Array.isArray(value) && value.length >= least && value.every(item.accepts),
    ...preset(options),
  };
}

/** The settings of an attack, a defense or another kind, made by {@linkcode count} and the other functions of this file. */
export function settingsByName(): Setting {
  const isSetting = (value: unknown) =>
    typeof value === "object" && value !== null && "wanted" in value && "accepts" in value;
  return {
    wanted: "settings by name, such as { steps: count({ default: 10 }) },",
    accepts: (value) =>
      typeof value === "object" && value !== null && !Array.isArray(value) &&
      Object.values(value).every(isSetting),
  };
}

/** A value that fits at least one of several settings, for example a word or a function. */
export function either(...settings: readonly Setting[]): Setting {
  const words = settings.flatMap(({ words = [] }) => words);
  const [given] = settings.flatMap((setting) => "default" in setting ? [setting.default] : []);
  return {
    wanted: settings.map(({ wanted }) => wanted).join(", or "),
    accepts: (value) => settings.some((setting) => setting.accepts(value)),
    ...(words.length === 0 ? {} : { words }),
    ...preset({ default: given }),
  };
}

/** A value as text, for errors. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if ("shape" in value && Array.isArray(value.shape)) return `a tensor of shape [${value.shape}]`;
  try {
    const json = JSON.stringify(value) ?? String(value);
    return json.length > 80 ? `${json.slice(0, 77)}...` : json;
  } catch {
    return "an object";
  }
}

/** The end of an error message with the most similar known name: `, did you mean "pgd"?`; empty if none is similar. */
export function guess(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  return meant === undefined ? "" : `, did you mean ${JSON.stringify(meant)}?`;
}

/**
 * Throws if a value does not fit a setting.
 *
 * @param name The name of the option.
 * @param setting The allowed values.
 * @param value The value that was given.
 * @throws {RangeError} If the value is not allowed.
 */
export function checkSetting(name: string, setting: Setting, value: unknown): void {
  if (setting.accepts(value)) return;
  const meant = typeof value === "string" ? guess(value, setting.words ?? []) : "";
  throw new RangeError(`Cannot use ${name} ${valueText(value)}: ${setting.wanted} is wanted${meant}`);
}

/**
 * Throws if an option has an unknown name or a value that is not allowed. Notebooks are not type-checked, so this check
 * replaces the one of TypeScript there.
 *
 * An option that is `undefined` counts as not given.
 *
 * @param what The name of the function, for errors.
 * @param settings The options of the function.
 * @param given The options that were given.
 * @param needed The names of options that must be given.
 * @throws {TypeError} If the options are no object.
 * @throws {RangeError} If a name or a value is not allowed, or a needed option is missing.
 *
 * @example Usage
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { checkSettings, count, word } from "@gcln/kit/kinds";
 *
 * const settings = { steps: count({ default: 10 }), start: word(["random", "original"]) };
 * checkSettings("pgd", settings, { steps: 3 });
 * assertThrows(() => checkSettings("pgd", settings, { nSteps: 3 }), RangeError, 'did you mean "steps"?');
 * assertThrows(() => checkSettings("pgd", settings, { start: "rand" }), RangeError, '"random" or "original" is wanted');
 * ```
 */
export function checkSettings(
  what: string,
  settings: Settings,
  given: unknown,
  needed: readonly string[] = [],
): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new TypeError(`Cannot run ${what} with ${valueText(given)}: an object of options is wanted`);
  }
  const known = Object.keys(settings);
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(settings, name)) {
      const meant = guess(name, known);
      throw new RangeError(
        `Cannot give ${what} an option ${JSON.stringify(name)}${meant || "."} It takes ${
          known.length > 0 ? known.join(", ") : "none"
        }`,
      );
    }
    if (value !== undefined) checkSetting(name, settings[name]!, value);
  }
  for (const name of needed) {
    if ((given as Readonly<Record<string, unknown>>)[name] === undefined) {
      throw new RangeError(`Cannot run ${what} without ${name}: ${settings[name]!.wanted} is wanted`);
    }
  }
}
