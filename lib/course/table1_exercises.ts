import { interval } from "../evaluation/mod.ts";
import { markColumns } from "./_measured_cells.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, wrong } from "./mark.ts";

/** The exercises of the notebook of Table 1. */
export const table1Exercises: readonly Exercise[] = [
  defineExercise({
    number: "table1.1",
    asks: "Give the result of a table that has a column with 100 steps of oblivious PGD.",
    takes: "record",
    check: (result) =>
      markColumns(
        result,
        [{
          is: ({ attack, surrogate }) => attack?.attack === "pgd" && surrogate === "oblivious",
          hint: 'No column has PGD with the surrogate "oblivious". Spread `table1.columns` and add one.',
        }, {
          is: ({ attack, surrogate }) =>
            attack?.attack === "pgd" && surrogate === "oblivious" && (attack.steps ?? 0) >= 100,
          hint: "The oblivious PGD of this table has fewer than 100 steps.",
        }],
        "Compare the intervals: do they overlap? More steps find the images that fool the bare classifier, which this " +
          "attacker looks at, and not those that fool the cleaner.",
      ),
  }),
  defineExercise({
    number: "table1.2",
    asks: 'Give the result of a table in which C&W has the surrogate "straight-through".',
    takes: "record",
    check: (result) =>
      markColumns(
        result,
        [{
          is: ({ attack }) => attack?.attack === "carliniWagner",
          hint: "No measured column has the attack `carliniWagner`.",
        }, {
          is: ({ attack, surrogate }) =>
            attack?.attack === "carliniWagner" && surrogate === "straight-through",
          hint: 'C&W still differentiates something else: its column needs `surrogate: "straight-through"`.',
        }],
        "The attack is the same as before; only the gradient of the rounding was replaced.",
      ),
  }),
  defineExercise({
    number: "table1.3",
    asks: "How many times narrower does a 95 % interval become when 200 images become 1000?",
    takes: "number",
    check(factor) {
      const width = (n: number) => {
        const [low, high] = interval(0.885 * n, n);
        return high - low;
      };
      const wanted = width(200) / width(1000);
      if (Math.abs(factor - wanted) < 0.15) {
        return right(
          "The width goes with one over the root of the number of images. Another seed is another network: no number of images shows what that changes.",
        );
      }
      if (Math.abs(factor - 5) < 0.3) {
        return wrong("Five times the images do not make it five times narrower: the width goes with a root.");
      }
      if (Math.abs(factor - 1 / wanted) < 0.05) {
        return wrong("This is the other way round: how many times narrower?");
      }
      return wrong(
        "`interval(correct, n)` of the kit gives both ends: compute it for both numbers of images, at the same accuracy.",
      );
    },
  }),
];
