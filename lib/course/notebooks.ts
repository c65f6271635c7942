import type { Exercise } from "./define_exercise.ts";
import { defensesExercises } from "./defenses_exercises.ts";
import { figure3Exercises } from "./figure3_exercises.ts";
import { figure4Exercises } from "./figure4_exercises.ts";
import { table1Exercises } from "./table1_exercises.ts";
import { table2Exercises } from "./table2_exercises.ts";
import { table3Exercises } from "./table3_exercises.ts";
import { table4Exercises } from "./table4_exercises.ts";

/**
 * The exercises of the other notebooks that can check themselves. The rest ask for an explanation; docs/answers.md has a
 * model answer to each.
 */
export const notebookExercises: readonly (readonly Exercise[])[] = [
  table1Exercises,
  table2Exercises,
  table3Exercises,
  table4Exercises,
  figure3Exercises,
  figure4Exercises,
  defensesExercises,
];
