/** How flags are read; each list holds names without dashes. */
export interface ParseOptions {
  /** Flags whose value stays a text; `_` stands for what is no flag. */
  readonly string?: readonly string[];
  /** Flags that need no value. */
  readonly boolean?: readonly string[];
  /** Flags that may be given again: their values are a list. */
  readonly collect?: readonly string[];
  /** Other names of flags. */
  readonly alias?: Readonly<Record<string, string>>;
  /** Values of flags that are not given. */
  readonly default?: Readonly<Record<string, unknown>>;
  /** Called for what is in no list; `false` leaves it out. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/**
 * The flags and words of a command line, as `parseArgs` of `@std/cli` gives them.
 *
 * Not here: `negatable`, `stopEarly`, `"--"`, names with dots, and values that follow a letter at once (`-n5`, `-n=5`).
 */
// deno-lint-ignore no-explicit-any -- as the original without its type parameters
export function parseArgs(args: readonly string[], options: ParseOptions = {}): any {
  const { string = [], boolean = [], collect = [], alias = {}, unknown = () => true } = options;
  const result: { _: unknown[]; [name: string]: unknown } = { _: [] };
  const namesOf = (key: string): string[] => [
    key,
    ...Object.entries(alias).flatMap(([a, b]) => a === key ? [b] : b === key ? [a] : []),
  ];
  const isOne = (list: readonly string[], key: string) => namesOf(key).some((name) => list.includes(name));
  const isKnown = (key: string) =>
    [string, boolean, collect].some((list) => isOne(list, key)) || namesOf(key).length > 1;

  const set = (key: string, value: string | boolean, arg: string) => {
    if (!isKnown(key) && unknown(arg, key, value) === false) return;
    const typed = typeof value === "string" && !isOne(string, key) ? numberOr(value) : value;
    for (const name of namesOf(key)) {
      result[name] = isOne(collect, key) ? [...(result[name] as unknown[] | undefined) ?? [], typed] : typed;
    }
  };
  /** Sets a flag that has no `=`, to what comes next where that is its value; says whether it was. */
  const setByNext = (key: string, next: string | undefined, isFlag: boolean, arg: string): boolean => {
    const takes = next && !isFlag && !isOne(boolean, key);
    const isBoolean = next === "true" || next === "false";
    set(key, takes ? next : isBoolean ? next !== "false" : isOne(string, key) ? "" : true, arg);
    return takes || isBoolean;
  };

  const end = args.includes("--") ? args.indexOf("--") : args.length;
  for (let i = 0; i < end; i++) {
    const arg = args[i]!, next = i + 1 < end ? args[i + 1] : undefined;
    const [, dashes, name, , value] = /^(--?)([^=]+)(=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) {
      if (unknown(arg) !== false) result._.push(string.includes("_") ? arg : numberOr(arg));
    } else if (dashes === "--" && value !== undefined) {
      set(name, boolean.includes(name) ? value !== "false" : value, arg);
    } else if (dashes === "--") {
      if (setByNext(name, next, next?.startsWith("-") ?? false, arg)) i++;
    } else {
      const letters = [...arg.slice(1)], last = letters.pop()!;
      for (const letter of letters) set(letter, isOne(string, letter) ? "" : true, arg);
      if (setByNext(last, next, /^--?[^-]/.test(next ?? ""), arg)) i++;
    }
  }
  result._.push(...args.slice(end + 1));

  const setDefault = (key: string, value: unknown) => {
    if (!(key in result)) { for (const name of namesOf(key)) result[name] = value; }
  };
  for (const [key, value] of Object.entries(options.default ?? {})) setDefault(key, value);
  for (const key of boolean) setDefault(key, isOne(collect, key) ? [] : false);
  for (const key of string) if (key !== "_" && isOne(collect, key)) setDefault(key, []);
  return result;
}

/** A text as the number that it writes, if it does. */
function numberOr(text: string): string | number {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
