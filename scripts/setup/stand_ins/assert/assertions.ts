import * as node from "node:assert";
import { inspect } from "node:util";
import { equal } from "./equal.ts";

/** What a failed assertion throws. */
export class AssertionError extends Error {
  /** For messages. */
  override readonly name = "AssertionError";
}

/** Fails. */
export function fail(message = "Failed assertion"): never {
  throw new AssertionError(message);
}

/** Fails unless a value counts as true. */
export function assert(value: unknown, message = "Expected a value that counts as true"): asserts value {
  if (!value) fail(message);
}

/** Fails unless both are equal in all their parts; shows how they differ. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) return;
  const { message: difference } = new node.AssertionError({ actual, expected, operator: "deepStrictEqual" });
  fail(`${message ?? "Values are not equal"}\n${difference}`);
}

/** Fails where both are equal in all their parts. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (equal(actual, expected)) fail(message ?? `Expected something else than ${inspect(expected)}`);
}

/** Fails unless both are the same by `Object.is`. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  if (!Object.is(actual, expected)) fail(message ?? `${inspect(actual)} is not ${inspect(expected)} itself`);
}

/** Fails for null and undefined. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) fail(message ?? `Expected a value, got ${actual}`);
}

/** Fails unless two numbers are near each other: by default, 10⁻⁷ of the expected one apart at most. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance: number = Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7,
  message?: string,
): void {
  if (Object.is(actual, expected) || Math.abs(expected - actual) <= tolerance) return;
  fail(message ?? `${actual} is not within ${tolerance} of ${expected}`);
}

/** Fails unless `actual` is larger. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  if (!(actual > expected)) fail(message ?? `${inspect(actual)} is not > ${inspect(expected)}`);
}

/** Fails where `actual` is smaller. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual >= expected)) fail(message ?? `${inspect(actual)} is not >= ${inspect(expected)}`);
}

/** Fails unless `actual` is smaller. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (!(actual < expected)) fail(message ?? `${inspect(actual)} is not < ${inspect(expected)}`);
}

/** Fails where `actual` is larger. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual <= expected)) fail(message ?? `${inspect(actual)} is not <= ${inspect(expected)}`);
}

/** Fails unless a text matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (!expected.test(actual)) fail(message ?? `${inspect(actual)} does not match ${expected}`);
}

/** Fails unless a text holds another. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (!actual.includes(expected)) {
    fail(message ?? `${inspect(actual)} does not include ${inspect(expected)}`);
  }
}

/** Fails unless a list holds all items of another. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  message?: string,
): void {
  const missing = Array.from(expected).filter((item) =>
    !Array.from(actual).some((other) => equal(item, other))
  );
  if (missing.length > 0) fail(message ?? `${inspect(missing)} are missing in ${inspect(actual)}`);
}
