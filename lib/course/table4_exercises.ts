import { reported } from "../evaluation/mod.ts";
import { hasEpsilon, markColumns } from "./_measured_cells.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, wrong } from "./mark.ts";

/** The exercises of the notebook of Table 4. */
export const table4Exercises: readonly Exercise[] = [
  defineExercise({
    number: "table4.1",
    asks:
      "Between which two shares must the worst case of the paper's own two attacks lie, for Our method (Qs = 10)?",
    takes: "list",
    check(bounds) {
      const { "No Attack": clean, "White-box Attack PGD": white, "Black-box Attack PGD": black } =
        reported("table4").rows["Our method (Qs = 10)"]!.values;
      const [low, high] = bounds.map(Number) as [number, number];
      if (bounds.length !== 2 || !(low <= high)) {
        return wrong("Two numbers are wanted, the lower one first: [low, high].");
      }
      if (high > 1) return wrong("Write shares, not percent: 0.5 for 50 %.");
      const is = (a: number, b: number) => Math.abs(a - b) < 0.002;
      if (!is(high, Math.min(white!, black!))) {
        return wrong("The upper end: who stands in the worst case stands under each of the two attacks.");
      }
      // Whoever falls is one of the images that were right before; without that, one of all images.
      const [tight, loose] = [white! + black! - clean!, white! + black! - 1];
      if (is(low, tight)) {
        return right(
          "The two attacks take the fewest images together if they take the same ones, and the most if they take different ones.",
        );
      }
      if (is(low, loose)) {
        return right(
          "It can be a little tighter: an attack takes only images that were right without an attack.",
        );
      }
      if (low === 0) {
        return wrong(
          "The lower end is not zero: even if the two attacks took different images, many would be left.",
        );
      }
      return wrong("The lower end: suppose that no image falls to both attacks. How many fall then in all?");
    },
  }),
  defineExercise({
    number: "table4.2",
    asks: "Give the result of a table under straight-through PGD with a hundred steps at ε = 8/255.",
    takes: "record",
    check: (result) =>
      markColumns(
        result,
        [{
          is: ({ attack, surrogate }) =>
            surrogate === "straight-through" && attack?.attack === "pgd" && (attack.steps ?? 0) >= 100,
          hint: 'No measured column has PGD with a hundred steps and the surrogate "straight-through".',
        }, {
          is: (cell) => cell.surrogate === "straight-through" && hasEpsilon(cell, 8 / 255),
          hint: "This is another ball: ε = 8/255 is wanted, at which the defenses were trained.",
        }],
        "Subtract what the larger ball of the table leaves.",
      ),
  }),
];
