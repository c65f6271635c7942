/**
 * Stand-ins for the two JSR packages, for places where that registry can't be reached.
 *
 * `deno.json` names `./.offline/*` as workspace members. Where that folder is absent, `jsr:@std/…` means JSR;
 * where it holds packages of those names, they take their place. The stand-ins cover what the kit uses, over
 * `node:assert` and `node:util`.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

const FOLDER = ".offline";
const PATIENCE = 3000; // ms
const NOTHING = { exclude: ["."] };

const ASSERT = `// A stand-in for jsr:@std/assert, written by scripts/setup/jsr.ts.
import { AssertionError, deepStrictEqual, notDeepStrictEqual, ok } from "node:assert";
export { AssertionError };
type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;
export function assert(value: unknown, message?: string): asserts value { ok(value, message as string); }
export function assertEquals<T>(actual: T, expected: T, message?: string): void { deepStrictEqual(actual, expected, message as string); }
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void { notDeepStrictEqual(actual, expected, message as string); }
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T {
  if (!Object.is(actual, expected)) fail(message ?? \`\${String(actual)} is not \${String(expected)}\`);
}
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) fail(message ?? "Expected a value");
}
export function assertAlmostEquals(actual: number, expected: number, tolerance = Math.abs(expected) * 1e-7 || 1e-7, message?: string): void {
  if (!(Object.is(actual, expected) || Math.abs(actual - expected) <= tolerance)) fail(message ?? \`\${actual} is not within \${tolerance} of \${expected}\`);
}
export function assertGreater<T>(actual: T, expected: T, message?: string): void { if (!(actual > expected)) fail(message ?? \`\${actual} is not > \${expected}\`); }
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void { if (!(actual >= expected)) fail(message ?? \`\${actual} is not >= \${expected}\`); }
export function assertLess<T>(actual: T, expected: T, message?: string): void { if (!(actual < expected)) fail(message ?? \`\${actual} is not < \${expected}\`); }
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void { if (!(actual <= expected)) fail(message ?? \`\${actual} is not <= \${expected}\`); }
export function assertMatch(actual: string, expected: RegExp, message?: string): void { if (!expected.test(actual)) fail(message ?? \`\${JSON.stringify(actual)} does not match \${expected}\`); }
export function assertStringIncludes(actual: string, expected: string, message?: string): void { if (!actual.includes(expected)) fail(message ?? \`\${JSON.stringify(actual)} does not include \${JSON.stringify(expected)}\`); }
export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, message?: string): void {
  for (const x of Array.from(expected)) if (!Array.from(actual).includes(x)) fail(message ?? \`\${String(x)} is missing\`);
}
export function fail(message = "Failed"): never { throw new AssertionError({ message }); }
function check(error: unknown, errorClass?: ErrorClass<Error>, includes?: string, message?: string): void {
  if (!(error instanceof Error)) fail(message ?? "A non-Error was thrown");
  if (errorClass && !(error instanceof errorClass)) fail(message ?? \`Expected \${errorClass.name}, got \${String(error)}\`);
  if (includes && !error.message.includes(includes)) fail(message ?? \`Expected a message with \${JSON.stringify(includes)}, got \${JSON.stringify(error.message)}\`);
}
export function assertThrows<E extends Error = Error>(fn: () => unknown, errorClass?: ErrorClass<E>, includes?: string, message?: string): E {
  let thrown: unknown, threw = false;
  try { fn(); } catch (error) { thrown = error; threw = true; }
  if (!threw) fail(message ?? "Expected the function to throw");
  check(thrown, errorClass, includes, message);
  return thrown as E;
}
export async function assertRejects<E extends Error = Error>(fn: () => PromiseLike<unknown>, errorClass?: ErrorClass<E>, includes?: string, message?: string): Promise<E> {
  let thrown: unknown, threw = false;
  try { await fn(); } catch (error) { thrown = error; threw = true; }
  if (!threw) fail(message ?? "Expected the promise to reject");
  check(thrown, errorClass, includes, message);
  return thrown as E;
}
`;

const PARSE_ARGS = `// A stand-in for jsr:@std/cli/parse-args, written by scripts/setup/jsr.ts.
export interface ParseOptions {
  readonly string?: readonly string[];
  readonly boolean?: readonly string[];
  readonly collect?: readonly string[];
  readonly alias?: Readonly<Record<string, string>>;
  readonly default?: Readonly<Record<string, unknown>>;
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
/** Not here: negatable, stopEarly, "--", dotted names, values written to a letter (-n5, -n=5). */
// deno-lint-ignore no-explicit-any
export function parseArgs(args: readonly string[], options: ParseOptions = {}): any {
  const { string = [], boolean = [], collect = [], alias = {}, unknown = () => true } = options;
  const aliases = (key: string) => Object.entries(alias).flatMap(([a, b]) => a === key ? [b] : b === key ? [a] : []);
  const is = (kind: readonly string[], key: string) => [key, ...aliases(key)].some((name) => kind.includes(name));
  const known = (key: string) => is(string, key) || is(boolean, key) || is(collect, key) || aliases(key).length > 0;
  const result: Record<string, unknown> = { _: [] };
  const positional: unknown[] = result._ as unknown[];
  const plain = (text: string) => text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  const set = (key: string, value: string | boolean, arg: string) => {
    if (!known(key) && unknown(arg, key, value) === false) return;
    const typed = typeof value === "string" && !is(string, key) ? plain(value) : value;
    for (const name of [key, ...aliases(key)]) {
      result[name] = is(collect, key) ? [...(result[name] as unknown[] | undefined) ?? [], typed] : typed;
    }
  };
  const end = args.indexOf("--"), before = end < 0 ? args : args.slice(0, end), after = end < 0 ? [] : args.slice(end + 1);
  for (let i = 0; i < before.length; i++) {
    const arg = before[i]!, [, dashes, name, , text] = /^(--?)([^=]+)(=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) {
      if (unknown(arg) !== false) positional.push(string.includes("_") ? arg : plain(arg));
      continue;
    }
    if (text !== undefined && dashes === "--") {
      set(name, is(boolean, name) ? text !== "false" : text, arg);
      continue;
    }
    const letters = dashes === "-" ? [...arg.slice(1)] : [];
    for (const letter of letters.slice(0, -1)) set(letter, is(string, letter) ? "" : true, arg);
    const key = letters.at(-1) ?? name, next = before[i + 1];
    const isFlag = dashes === "--" ? next?.startsWith("-") : /^--?[^-]/.test(next ?? "");
    if (next && !isFlag && !is(boolean, key)) set(key, before[++i]!, arg);
    else if (next === "true" || next === "false") set(key, before[++i] !== "false", arg);
    else set(key, is(string, key) ? "" : true, arg);
  }
  const otherwise = (key: string, value: unknown) => {
    if (!(key in result)) for (const name of [key, ...aliases(key)]) result[name] = value;
  };
  for (const [key, value] of Object.entries(options.default ?? {})) otherwise(key, value);
  for (const key of boolean) otherwise(key, is(collect, key) ? [] : false);
  for (const key of string) if (key !== "_" && is(collect, key)) otherwise(key, []);
  positional.push(...after);
  return result;
}
`;

const PACKAGES: Readonly<
  Record<string, { readonly exports: Record<string, string>; readonly files: Record<string, string> }>
> = {
  assert: { exports: { ".": "./mod.ts" }, files: { "mod.ts": ASSERT } },
  cli: {
    exports: { ".": "./mod.ts", "./parse-args": "./parse_args.ts" },
    files: { "mod.ts": `export * from "./parse_args.ts";\n`, "parse_args.ts": PARSE_ARGS },
  },
};

async function jsrAnswers(): Promise<boolean> {
  try {
    const response = await fetch("https://jsr.io/@std/assert/meta.json", {
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function read(file: string): string | undefined {
  return existsSync(file) ? Deno.readTextFileSync(file) : undefined;
}

/** Puts the stand-ins in place where JSR doesn't answer within 3 s; returns whether they are used. */
export async function standIns(): Promise<boolean> {
  if (await jsrAnswers()) {
    if (existsSync(FOLDER)) await Deno.remove(FOLDER, { recursive: true });
    return false;
  }
  for (const [name, { exports, files }] of Object.entries(PACKAGES)) {
    const folder = join(FOLDER, name);
    // Deno's tools look into workspace members whatever the root excludes.
    const quiet = { fmt: NOTHING, lint: NOTHING, test: NOTHING };
    const manifest = JSON.stringify({ name: `@std/${name}`, version: "1.0.99", exports, ...quiet });
    await Deno.mkdir(folder, { recursive: true });
    // The manifest last, since it is what makes the folder a package.
    for (const [file, text] of Object.entries({ ...files, "deno.json": manifest })) {
      const path = join(folder, file);
      if (read(path) !== text) await Deno.writeTextFile(path, text);
    }
  }
  return true;
}
