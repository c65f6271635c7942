import { type Exercise, knownExercises } from "./define_exercise.ts";
import { lesson1 } from "./lesson_1.ts";
import { lesson2 } from "./lesson_2.ts";
import { lesson3 } from "./lesson_3.ts";
import { lesson4 } from "./lesson_4.ts";
import { lesson5 } from "./lesson_5.ts";
import { lesson6 } from "./lesson_6.ts";
import { lesson7 } from "./lesson_7.ts";
import { lesson8 } from "./lesson_8.ts";
import { lesson9 } from "./lesson_9.ts";
import { lesson10 } from "./lesson_10.ts";
import "./notebooks.ts"; // they belong to the kit too

/** The exercises of each lesson, in the order of the course. A new lesson is its file and one line here. */
export const lessons: readonly (readonly Exercise[])[] = [
  lesson1,
  lesson2,
  lesson3,
  lesson4,
  lesson5,
  lesson6,
  lesson7,
  lesson8,
  lesson9,
  lesson10,
];

knownExercises.close();

/**
 * The exercises that belong together with one: those of its lesson, or of its notebook.
 *
 * @param number The number of one of them, such as "3.2", or what stands before its dot, such as "3".
 * @returns Them, in order; empty if there are none.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { exercisesOf } from "@gcln/kit/course";
 *
 * assertEquals(exercisesOf("1.1"), exercisesOf("1"));
 * assertEquals(exercisesOf("1")[0]?.number, "1.1");
 * ```
 */
export function exercisesOf(number: string): readonly Exercise[] {
  const [group] = number.split(".");
  return knownExercises.all().filter((exercise) => exercise.number.split(".")[0] === group);
}
