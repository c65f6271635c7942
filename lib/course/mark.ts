/** What a check says of an answer. */
export interface Mark {
  /** Whether the answer is right; null if there is no answer yet. */
  readonly right: boolean | null;
  /** One or two sentences for the student: a hint, or what to take home. May be empty. */
  readonly message: string;
}

/**
 * The mark of a right answer.
 *
 * @param message What to take home, or nothing. Markdown.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { right } from "@gcln/kit/course";
 *
 * assertEquals(right("This is the l1 norm."), { right: true, message: "This is the l1 norm." });
 * ```
 */
export function right(message = ""): Mark {
  return { right: true, message };
}

/**
 * The mark of a wrong answer.
 *
 * @param hint What to look at next, without the answer itself. Markdown.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { wrong } from "@gcln/kit/course";
 *
 * assertEquals(wrong("Mind the unit.").right, false);
 * ```
 */
export function wrong(hint: string): Mark {
  return { right: false, message: hint };
}

/**
 * The mark of an answer that is not there yet.
 *
 * {@linkcode exercise} sees by itself that an answer is `undefined`. A check needs this where a placeholder looks like an
 * answer: a function that returns `undefined`, say.
 *
 * @param message What is asked for. Markdown.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { unanswered } from "@gcln/kit/course";
 *
 * assertEquals(unanswered("Write the body of the function.").right, null);
 * ```
 */
export function unanswered(message = ""): Mark {
  return { right: null, message };
}
