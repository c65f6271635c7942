import { callable, checkSettings, type Named, type Registry, registry, text, word } from "../kinds/mod.ts";
import { type AnswerKind, answerKinds, type AnswerTypes } from "./answer_kinds.ts";
import type { Mark } from "./mark.ts";

/** What {@linkcode defineExercise} makes an exercise of. */
export interface ExerciseDefinition<Kind extends AnswerKind = AnswerKind> {
  /** The number that stands in the notebook: that of the lesson, a dot, and that within it, such as "3.2". */
  readonly number: string;
  /** What is asked, in one sentence. */
  readonly asks: string;
  /** The type of the answer. An answer of another type is told so and does not reach the check. Default "anything". */
  readonly takes?: Kind;
  /**
   * Marks an answer: by its properties, by computing it in another way, or by calling it on small inputs; never by comparing
   * it with a stored answer. A wrong answer gets a hint that fits the mistake.
   *
   * It runs in a scope of TensorFlow.js: the tensors that it makes, and that functions of the student make, are freed.
   */
  check(answer: AnswerTypes[Kind]): Mark | Promise<Mark>;
}

/** An exercise: what it asks, and how its answer is marked. */
export interface Exercise extends Named {
  /** Its number, once more: the name by which registries know it. */
  readonly name: string;
  /** The number that stands in the notebook, such as "3.2". */
  readonly number: string;
  /** What is asked, in one sentence. */
  readonly asks: string;
  /** The type of the answer. */
  readonly takes: AnswerKind;
  /** Marks an answer of this type. */
  readonly check: (answer: unknown) => Mark | Promise<Mark>;
}

/** All exercises: those of the kit, and those that a teacher defines in a notebook or a file of her own. */
export const knownExercises: Registry<Exercise> = registry<Exercise>("exercise");

const settings = {
  number: text(),
  asks: text(),
  takes: word(answerKinds, { default: "anything" }),
  check: callable(),
};

/**
 * Makes an exercise, and makes it known by its number. A teacher's own, defined in a notebook, works like one of the kit's.
 *
 * @param definition Its number, what it asks, the type of its answer, and the function that marks an answer.
 * @returns The exercise.
 * @throws {RangeError} If the number is no number with dots, belongs to the kit, or a field is missing or unknown.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { defineExercise, exercise, right, wrong } from "@gcln/kit/course";
 *
 * defineExercise({
 *   number: "mine.1",
 *   asks: "How many corners has the l∞ ball in three dimensions?",
 *   takes: "number",
 *   check: (answer) =>
 *     answer === 2 ** 3 ? right("Two choices for each dimension.") : wrong("Each coordinate is at one of two ends."),
 * });
 * assertEquals((await exercise("mine.1", 6)).right, false);
 * assertEquals((await exercise("mine.1", 8)).right, true);
 * ```
 */
export function defineExercise<Kind extends AnswerKind = "anything">(
  definition: ExerciseDefinition<Kind>,
): Exercise {
  checkSettings("defineExercise", settings, definition, ["number", "asks", "check"]);
  const { number, asks, takes = "anything", check } = definition;
  if (!/^[\w-]+(\.[\w-]+)+$/.test(number)) {
    throw new RangeError(
      `Cannot define exercise ${JSON.stringify(number)}: a number with a dot is wanted, such as "3.2"`,
    );
  }
  return knownExercises.add({
    name: number,
    number,
    asks,
    takes,
    check: (answer) => check(answer as AnswerTypes[Kind]),
  });
}
