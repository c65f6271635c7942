import { valueText } from "../kinds/mod.ts";

/** Says where in a value something is wrong, and what is wanted there; nothing where the value has the form. */
export type Form = (value: unknown, at: string) => string | undefined;

function wrong(value: unknown, at: string, wanted: string): string {
  return `${at || "it"} is ${value === undefined ? "missing" : valueText(value)}, ${wanted} is wanted`;
}

/** A form by a test and a phrase. */
export function form(wanted: string, accepts: (value: unknown) => boolean): Form {
  return (value, at) => accepts(value) ? undefined : wrong(value, at, wanted);
}

/** Any value. */
export const anything: Form = () => undefined;

/** A string. */
export const textForm: Form = form("text", (value) => typeof value === "string");

/** A number that is finite. */
export const numberForm: Form = form("a number", (value) => Number.isFinite(value));

/** A number from 0 to 1. */
export const shareForm: Form = form(
  "a share from 0 to 1",
  (value) => typeof value === "number" && value >= 0 && value <= 1,
);

/** A whole number from 0 on. */
export const countForm: Form = form(
  "a whole number from 0 on",
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);

/** `true` or `false`. */
export const flagForm: Form = form("true or false", (value) => typeof value === "boolean");

/** One of some words. */
export function wordForm(...words: readonly string[]): Form {
  return form(words.join(", "), (value) => words.includes(value as string));
}

/** A form, or `null`. */
export function orNull(of: Form): Form {
  return (value, at) => value === null ? undefined : of(value, at);
}

/** A form, where the value is there. */
export function optional(of: Form): Form {
  return (value, at) => value === undefined ? undefined : of(value, at);
}

/** A list of values of one form, of some length where one is given. */
export function listOf(of: Form, length?: number): Form {
  return (value, at) => {
    if (!Array.isArray(value) || length !== undefined && value.length !== length) {
      return wrong(value, at, length === undefined ? "a list" : `a list of ${length}`);
    }
    return firstWrong(value.entries(), (item, i) => of(item, `${at}[${i}]`));
  };
}

/** An object whose values all have one form. */
export function recordOf(of: Form): Form {
  return (value, at) =>
    isRecord(value)
      ? firstWrong(Object.entries(value), (item, key) => of(item, `${at}[${JSON.stringify(key)}]`))
      : wrong(value, at, "an object");
}

/** An object with some fields; others are not looked at. */
export function fieldsOf(fields: Readonly<Record<string, Form>>): Form {
  return (value, at) =>
    isRecord(value)
      ? firstWrong(
        Object.entries(fields),
        (of, key) => of(Object.hasOwn(value, key) ? value[key] : undefined, at ? `${at}.${key}` : key),
      )
      : wrong(value, at, "an object");
}

/** Several forms at once. */
export function all(...forms: readonly Form[]): Form {
  return (value, at) => firstWrong(forms.entries(), (of) => of(value, at));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function firstWrong<K, V>(
  entries: Iterable<readonly [K, V]>,
  check: (value: V, key: K) => string | undefined,
): string | undefined {
  for (const [key, value] of entries) {
    const found = check(value, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
