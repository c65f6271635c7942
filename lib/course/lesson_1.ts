import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, unanswered, wrong } from "./mark.ts";

/** Lesson 1: the adversarial example, by hand, on a linear model. */
export const lesson1: readonly Exercise[] = [
  defineExercise({
    number: "1.1",
    asks:
      "Write a function of the weights and of ε: how far can a change of at most ε in each pixel raise the score of a " +
      "linear model?",
    takes: "function",
    check(largestChange: (weights: number[], epsilon: number) => unknown) {
      const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
      const gives = (of: (weights: number[]) => number) =>
        CASES.every(([weights, epsilon]) =>
          isNear(largestChange([...weights], epsilon), epsilon * of(weights))
        );
      if (CASES.every(([weights, epsilon]) => largestChange([...weights], epsilon) === undefined)) {
        return unanswered("The function returns nothing yet.");
      }
      if (gives((weights) => sum(weights.map(Math.abs)))) {
        return right(
          "It is ε times the l1 norm of the weights: many small changes, all in the right direction, add up.",
        );
      }
      if (gives(sum)) {
        return wrong(
          "This is right if all weights are positive. Which way do you push a pixel whose weight is negative?",
        );
      }
      if (gives((weights) => Math.max(...weights.map(Math.abs)))) {
        return wrong("This changes one pixel only. Each pixel may change by ε at the same time.");
      }
      if (gives((weights) => Math.hypot(...weights))) {
        return wrong("This is the answer for a ball of the l2 norm. Here each pixel has its own limit ε.");
      }
      return wrong(
        "Think of one pixel first: if it may change by ε, how far does its weight move the score? Then add up all pixels.",
      );
    },
  }),
];

const CASES: readonly (readonly [weights: number[], epsilon: number])[] = [
  [[2, -3, 0.5], 0.1],
  [[-1, -1], 8 / 255],
  [[0, 4, 1, -2], 1],
];

function isNear(value: unknown, wanted: number): boolean {
  return typeof value === "number" && Math.abs(value - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted));
}
