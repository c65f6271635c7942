import { markColumns } from "./_measured_cells.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";

/** The exercises of the notebook of all defenses. */
export const defensesExercises: readonly Exercise[] = [
  defineExercise({
    number: "defenses.1",
    asks: "Give the result of a table that has the column Strongest beside the worst case.",
    takes: "record",
    check: (result) =>
      markColumns(
        result,
        [{
          is: ({ attack, surrogate }) => attack?.attack === "strongest" && surrogate === "adaptive",
          hint:
            'No measured column has the automatic attack: add `"Strongest": table1.columns["Strongest"]!` to `columns`.',
        }],
        "Where it leaves less than the other columns, the worst case has been too high before.",
      ),
  }),
];
