import { type Displayed, displayed } from "../report/mod.ts";
import { tf } from "../tensor/mod.ts";
import { asKind, isMissing, wrongKind } from "./answer_kinds.ts";
import { type Exercise, knownExercises } from "./define_exercise.ts";
import { type Mark, unanswered, wrong } from "./mark.ts";
import { sealOf } from "./seal.ts";

/** What {@linkcode exercise} says of an answer, and what a grader reads. */
export interface Outcome extends Mark {
  /** The number of the exercise. */
  readonly number: string;
  /** Proof for the grader that `exercise` has made this; only there while a grader runs the notebook. */
  readonly seal?: string;
}

/** The media type of an {@linkcode Outcome} among what a cell shows. */
export const OUTCOME_TYPE = "application/vnd.gcln.exercise+json";

/**
 * Tells whether an answer is right, and gives a hint if it is not. It ends a cell: the notebook shows what it returns.
 *
 * @param number The number of the exercise, such as "3.2".
 * @param answer The answer, or a promise of it. `undefined` counts as not answered yet.
 * @returns Whether it is right, with a sentence for the student.
 * @throws {RangeError} If there is no exercise of this number; the message has the nearest one.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { exercise } from "@gcln/kit/course";
 *
 * const largestChange = (weights: number[], epsilon: number) =>
 *   epsilon * weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
 * assertEquals((await exercise("1.1", largestChange)).right, true);
 * assertEquals((await exercise("1.1", undefined)).right, null);
 * ```
 */
export async function exercise(number: string, answer: unknown): Promise<Outcome & Displayed> {
  const asked = knownExercises.named(String(number));
  const { right, message } = await marked(asked, await answer);
  const outcome = { number: asked.number, right, message }, seal = await sealOf(outcome);
  return shownOutcome({ ...outcome, ...(seal === undefined ? {} : { seal }) });
}

async function marked(asked: Exercise, given: unknown): Promise<Mark> {
  if (isMissing(given)) return unanswered(asked.asks);
  const answer = asKind(given, asked.takes), kind = wrongKind(answer, asked.takes);
  if (kind !== undefined) return kind;
  const engine = tf.engine();
  engine.startScope("exercise");
  try {
    return await asked.check(answer);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return wrong(`Your answer could not be checked, because it stopped with an error. ${said}`);
  } finally {
    engine.endScope();
  }
}

function shownOutcome(outcome: Outcome): Outcome & Displayed {
  const { number, right, message } = outcome;
  const head = right === null ? "Not answered yet." : right ? "Right." : "Not yet.";
  const sign = right === null ? "○" : right ? "✓" : "✗";
  const said = message === "" ? "" : ` ${message}`;
  return displayed(outcome, () => ({
    "text/markdown": `**${sign} ${number} ${head}**${said}`,
    "text/plain": `${sign} ${number} ${head}${said}`,
    [OUTCOME_TYPE]: { ...outcome },
  }));
}
