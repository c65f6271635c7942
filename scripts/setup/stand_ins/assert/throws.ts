import { fail } from "./assertions.ts";

// deno-lint-ignore no-explicit-any -- a constructor with whatever arguments
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Fails unless a function throws; returns what it throws. */
export function assertThrows(fn: () => unknown, message?: string): unknown;
/** Fails unless a function throws an error of a class, with a text in its message; returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  includes?: string,
  message?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  wanted?: ErrorClass<Error> | string,
  includes?: string,
  message?: string,
): unknown {
  let thrown: Thrown | undefined;
  try {
    fn();
  } catch (error) {
    thrown = { error };
  }
  return checked(thrown, "the function to throw", wanted, includes, message);
}

/** Fails unless a function gives a promise that rejects; returns what it rejects with. */
export function assertRejects(fn: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
/** Fails unless a function gives a promise that rejects with an error of a class; returns the error. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  includes?: string,
  message?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  wanted?: ErrorClass<Error> | string,
  includes?: string,
  message?: string,
): Promise<unknown> {
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
  } catch {
    // A function that throws gives no promise.
  }
  if (typeof promise?.then !== "function") fail("Expected the function to give a promise that rejects");
  let thrown: Thrown | undefined;
  try {
    await promise;
  } catch (error) {
    thrown = { error };
  }
  return checked(thrown, "the promise to reject", wanted, includes, message);
}

/** What was thrown: anything, undefined included. */
interface Thrown {
  readonly error: unknown;
}

function checked(
  thrown: Thrown | undefined,
  what: string,
  wanted: ErrorClass<Error> | string | undefined,
  includes: string | undefined,
  message: string | undefined,
): unknown {
  const [errorClass, ownMessage] = typeof wanted === "string" ? [undefined, wanted] : [wanted, message];
  if (thrown === undefined) fail(ownMessage ?? `Expected ${what}`);
  const { error } = thrown;
  if (errorClass === undefined) return error;
  if (!(error instanceof errorClass)) {
    fail(ownMessage ?? `Expected an error of class ${errorClass.name}, got ${String(error)}`);
  }
  if (includes !== undefined && !error.message.includes(includes)) {
    fail(
      ownMessage ??
        `Expected a message with ${JSON.stringify(includes)}, got ${JSON.stringify(error.message)}`,
    );
  }
  return error;
}
