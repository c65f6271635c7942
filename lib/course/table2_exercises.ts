import { type Cell, recorded } from "../evaluation/mod.ts";
import { hasEpsilon, markColumns } from "./_measured_cells.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, wrong } from "./mark.ts";

const CLEANER = "Our method (Qs = 10)", TRAINED = "PGD Adversarial Training";

/** The exercises of the notebook of Table 2. */
export const table2Exercises: readonly Exercise[] = [
  defineExercise({
    number: "table2.1",
    asks:
      "Give the result of a table in the ball of half the size, with both gradients: straight-through and identity.",
    takes: "record",
    check: (result) =>
      markColumns(
        result,
        ["straight-through", "identity"].map((gradient) => ({
          is: (cell: Cell) => cell.surrogate === gradient && hasEpsilon(cell, 0.031 / 2),
          hint: `There is no measured column with the surrogate "${gradient}" and an ε of half of 0.031.`,
        })),
        "Subtract for each gradient what was left in the larger ball. Adversarial training has no rounding: for it there is " +
          "one gradient only.",
      ),
  }),
  defineExercise({
    number: "table2.2",
    asks:
      "Which column of the GCLN, and which of adversarial training, may be compared? Give both heads in a list.",
    takes: "list",
    async check(heads) {
      const { rows } = await recorded("table2"), names = Object.keys(rows[CLEANER]!);
      if (heads.length !== 2) {
        return wrong("Two heads are wanted: first the GCLN's column, then that of adversarial training.");
      }
      const unknown = heads.find((head) => typeof head !== "string" || !names.includes(head));
      if (unknown !== undefined) {
        return wrong(`The table has no column ${JSON.stringify(unknown)}. It has ${names.join(", ")}.`);
      }
      const left = (row: string, head: unknown) => rows[row]![head as string]?.accuracy ?? undefined;
      const least = (row: string) =>
        Math.min(...names.filter((name) => name !== "Clean").map((name) => left(row, name) ?? 1));
      const [own, other] = [left(CLEANER, heads[0]), left(TRAINED, heads[1])];
      if (own === undefined || other === undefined) {
        return wrong(
          "One of these cells is empty: adversarial training has no rounding, and so no gradient to replace.",
        );
      }
      if (heads.every((head) => head === "Strongest")) {
        return right(
          "Both are read at the same automatic attack, which adapts to each. The worst case can still be lower.",
        );
      }
      const loose = [own > least(CLEANER) ? CLEANER : [], other > least(TRAINED) ? TRAINED : []].flat();
      if (loose.length > 0) {
        return wrong(
          `For ${
            loose.join(" and for ")
          } another attack in the same row leaves less, so this cell says more of the attack than of the defense.`,
        );
      }
      return right(
        "Each defense is read at the strongest attack that was tried on it. Every other pair compares attacks.",
      );
    },
  }),
];
