import { nearestName } from "./nearest_name.ts";

/** One option of a function, or one fact of a spec: what it may be, and what it is where it is not given. */
export interface Setting {
  /** What it may be, as an error says it: "a whole number of at least 1". */
  readonly wanted: string;
  /** Whether a value will do. */
  readonly accepts: (value: unknown) => boolean;
  /** What is taken where none is given, for `--help`, captions and documentation. */
  readonly default?: unknown;
  /** The words it may be, where these are all that it may be. */
  readonly words?: readonly string[];
}

/** The options of a function by name. */
export type Settings = Readonly<Record<string, Setting>>;

/** What all makers of settings take. */
export interface SettingOptions {
  /** What is taken where none is given. */
  readonly default?: unknown;
}

/** The bounds of a number; each belongs to what is allowed, but for `above`. */
export interface Bounds extends SettingOptions {
  /** The least. */
  readonly least?: number;
  /** The most. */
  readonly most?: number;
  /** What it must be larger than. */
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

/** A text. */
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

/** The settings of something that comes in kinds, as {@linkcode count} and its like make them. */
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

/** What fits one of several settings: a word or a function. */
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

/** A value as an error shows it. */
export function shown(value: unknown): string {
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

/** The end of a sentence that guesses what was meant; empty where nothing is near. */
export function guess(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  return meant === undefined ? "" : `, did you mean ${JSON.stringify(meant)}?`;
}

/**
 * Throws where a value does not fit a setting.
 *
 * @param name The option, as it is written.
 * @param setting What it may be.
 * @param value What was given.
 * @throws {RangeError} Where it does not fit.
 */
export function checkSetting(name: string, setting: Setting, value: unknown): void {
  if (setting.accepts(value)) return;
  const meant = typeof value === "string" ? guess(value, setting.words ?? []) : "";
  throw new RangeError(`Cannot use ${name} ${shown(value)}: ${setting.wanted} is wanted${meant}`);
}

/**
 * Throws where options are not what a function takes: a name that it does not know, or a value that does not fit. What
 * TypeScript checks in a file, this checks in a notebook, where nothing is type-checked.
 *
 * An option that is `undefined` counts as not given.
 *
 * @param what The function, as a caller knows it.
 * @param settings The options that it takes.
 * @param given What was given.
 * @param needed Names of options that have to be there.
 * @throws {TypeError} Where the options are no object.
 * @throws {RangeError} Where a name or a value is wrong, or a needed option is not there.
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
    throw new TypeError(`Cannot run ${what} with ${shown(given)}: an object of options is wanted`);
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
