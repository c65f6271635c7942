import { markColumns } from "./_measured_cells.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";

/** The exercises of the notebook of Table 3. */
export const table3Exercises: readonly Exercise[] = [
  defineExercise({
    number: "table3.1",
    asks: "Give the result of a table that transfers PGD of ten steps, PGD of a hundred steps, and momentum.",
    takes: "record",
    check: (result) =>
      markColumns(
        result,
        [{
          is: ({ attack, surrogate }) =>
            surrogate === "black-box" && attack?.attack === "pgd" && (attack.steps ?? 0) <= 10,
          hint: 'No measured column transfers PGD with ten steps: `surrogate: "black-box"`.',
        }, {
          is: ({ attack, surrogate }) =>
            surrogate === "black-box" && attack?.attack === "pgd" && (attack.steps ?? 0) >= 100,
          hint: "No measured column transfers PGD with a hundred steps.",
        }, {
          is: ({ attack, surrogate }) => surrogate === "black-box" && attack?.attack === "momentum",
          hint: "No measured column transfers the attack `momentum`.",
        }],
        "Look at the intervals before you call one of them better.",
      ),
  }),
];
