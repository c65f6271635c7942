/**
 * The course: exercises that check themselves. A notebook calls {@linkcode exercise}, a teacher makes exercises of her own
 * with {@linkcode defineExercise}, and `deno task grade` reads what notebooks have shown.
 *
 * @module
 */
export type { AnswerKind, AnswerTypes } from "./answer_kinds.ts";
export { defineExercise, type Exercise, type ExerciseDefinition } from "./define_exercise.ts";
export { exercise, type Outcome, OUTCOME_TYPE } from "./exercise.ts";
export { exercisesOf, lessons } from "./lessons.ts";
export { type Mark, right, unanswered, wrong } from "./mark.ts";
export { notebookExercises } from "./notebooks.ts";
export { hasSeal, type Sealed, sealOutcomes } from "./seal.ts";
