import { assertEquals } from "@std/assert";
import { exercise } from "@gcln/kit/course";

/** The hint for a wrong answer. */
export async function hint(number: string, answer: unknown): Promise<string> {
  const { right, message } = await exercise(number, answer);
  assertEquals(right, false, message);
  return message;
}

/** Asserts that an answer is right. */
export async function assertRight(number: string, answer: unknown): Promise<void> {
  const { right, message } = await exercise(number, answer);
  assertEquals(right, true, message);
}
