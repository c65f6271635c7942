import { assertEquals, assertStringIncludes } from "@std/assert";
import { exercise } from "@gcln/kit/course";

/** Asserts that an exercise takes an answer as right. */
export async function assertRight(number: string, answer: unknown): Promise<void> {
  const { right, message } = await exercise(number, answer);
  assertEquals(right, true, message);
}

/** Asserts that an exercise takes an answer as wrong, and that its hint says this. */
export async function assertHint(number: string, answer: unknown, hint: string): Promise<void> {
  const { right, message } = await exercise(number, answer);
  assertEquals(right, false, message);
  assertStringIncludes(message, hint);
}

/** Asserts that an exercise takes a function that returns nothing as no answer yet. */
export async function assertWaits(number: string): Promise<void> {
  assertEquals((await exercise(number, () => {})).right, null);
  assertEquals((await exercise(number, undefined)).right, null);
}
