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

const ASSERT = `// A stand-in for jsr:@std/assert, written by scripts/setup/jsr.ts.
import { AssertionError, deepStrictEqual, notDeepStrictEqual, ok } from "node:assert";
export { AssertionError };
type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;
export function assert(value: unknown, message?: string): asserts value { ok(value, message); }
export function assertEquals<T>(actual: T, expected: T, message?: string): void { deepStrictEqual(actual, expected, message); }
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void { notDeepStrictEqual(actual, expected, message); }
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
import { parseArgs as parse } from "node:util";
export interface ParseOptions {
  readonly string?: readonly string[];
  readonly boolean?: readonly string[];
  readonly collect?: readonly string[];
  readonly alias?: Readonly<Record<string, string>>;
  readonly default?: Readonly<Record<string, unknown>>;
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
// deno-lint-ignore no-explicit-any
export function parseArgs(args: readonly string[], options: ParseOptions = {}): any {
  const short = Object.fromEntries(Object.entries(options.alias ?? {}).filter(([a]) => a.length === 1).map(([a, long]) => [long, a]));
  const spec = (name: string, type: "string" | "boolean") => [name, { type, multiple: options.collect?.includes(name) ?? false, ...(short[name] ? { short: short[name] } : {}) }];
  const { values, positionals, tokens } = parse({
    args: [...args], strict: false, allowPositionals: true, tokens: true,
    // deno-lint-ignore no-explicit-any
    options: Object.fromEntries([...(options.string ?? []).map((n) => spec(n, "string")), ...(options.boolean ?? []).map((n) => spec(n, "boolean"))]) as any,
  });
  const known = new Set([...(options.string ?? []), ...(options.boolean ?? [])]);
  const result: Record<string, unknown> = { _: [], ...Object.fromEntries((options.boolean ?? []).map((n) => [n, false])), ...options.default };
  for (const [key, value] of Object.entries(values)) {
    if (options.string?.includes(key) && value === true) result[key] = "";
    else if (known.has(key) || options.unknown === undefined) result[key] = value;
  }
  // deno-lint-ignore no-explicit-any
  for (const token of tokens as any[]) if (token.kind === "option" && !known.has(token.name)) options.unknown?.(token.rawName, token.name, token.value ?? true);
  result._ = positionals.filter((arg) => options.unknown === undefined || options.unknown(arg) !== false);
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

/** Puts the stand-ins in place where JSR doesn't answer within 3 s; returns whether they are used. */
export async function standIns(force: boolean): Promise<boolean> {
  if (await jsrAnswers()) {
    if (existsSync(FOLDER)) await Deno.remove(FOLDER, { recursive: true });
    return false;
  }
  for (const [name, { exports, files }] of Object.entries(PACKAGES)) {
    const folder = join(FOLDER, name);
    if (existsSync(join(folder, "deno.json")) && !force) continue;
    await Deno.mkdir(folder, { recursive: true });
    for (const [file, text] of Object.entries(files)) await Deno.writeTextFile(join(folder, file), text);
    // Last, since this file is what makes the folder a package.
    await Deno.writeTextFile(
      join(folder, "deno.json"),
      JSON.stringify({ name: `@std/${name}`, version: "1.0.99", exports }),
    );
  }
  return true;
}
