import { defineExercise, type Exercise } from "./define_exercise.ts";
import { tried } from "./_tried.ts";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const l1 = (weights: readonly number[]) => sum(weights.map(Math.abs));
const largest = (weights: readonly number[]) => Math.max(...weights.map(Math.abs));

type Pixels = number[];

/** x ± ε sign(w), against the label; clipped to [0, 1] or not, by the weight itself or by its sign. */
function pushed(
  image: Pixels,
  weights: readonly number[],
  label: number,
  epsilon: number,
  { towards = -1, clip = true, by = Math.sign, fixed = false } = {},
): Pixels {
  const way = towards * (label === 1 || fixed ? 1 : -1);
  return image.map((pixel, i) => {
    const moved = pixel + way * epsilon * by(weights[i]!);
    return clip ? Math.min(1, Math.max(0, moved)) : moved;
  });
}

/** Lesson 1: the adversarial example, by hand, on a linear model. */
export const lesson1: readonly Exercise[] = [
  defineExercise({
    number: "1.1",
    asks:
      "Write a function of the weights and of ε: how far can a change of at most ε in each pixel raise the score of a " +
      "linear model?",
    takes: "function",
    check: (largestChange: (weights: number[], epsilon: number) => unknown) =>
      tried(largestChange, {
        on: [[[2, -3, 0.5], 0.1], [[-1, -1], 8 / 255], [[0, 4, 1, -2], 1]],
        wanted: (weights, epsilon) => epsilon * l1(weights),
        learned:
          "It is ε times the l1 norm of the weights: many small changes, all in the right direction, add up.",
        mistakes: [
          [
            (weights, epsilon) => epsilon * sum(weights),
            "This is right if all weights are positive. Which way do you push a pixel whose weight is negative?",
          ],
          [
            (weights, epsilon) => epsilon * largest(weights),
            "This changes one pixel only. Each pixel may change by ε at the same time.",
          ],
          [
            (weights, epsilon) => epsilon * Math.hypot(...weights),
            "This is the answer for a ball of the l2 norm. Here each pixel has its own limit ε.",
          ],
          [(weights) => l1(weights), "Nearly: by how much may a pixel change? ε is missing."],
        ],
        otherwise:
          "Think of one pixel first: if it may change by ε, how far does its weight move the score? Then add up all pixels.",
      }),
  }),
  defineExercise({
    number: "1.2",
    asks: "Write a function of an image's score and of the weights: which ε just brings the score to zero?",
    takes: "function",
    check: (smallestEpsilon: (score: number, weights: number[]) => unknown) =>
      tried(smallestEpsilon, {
        on: [[0.6, [2, -3, 0.5]], [-0.25, [-1, -1]], [-3, [0, 4, 1, -2]], [0, [1, 2]]],
        wanted: (score, weights) => Math.abs(score) / l1(weights),
        learned:
          "For a linear model this is exact: a smaller change can't do it, and no attack can do better.",
        mistakes: [
          [
            (score, weights) => score / l1(weights),
            "For positive scores this is right. For a negative score it gives a negative ε, but ε is a size.",
          ],
          [
            (score, weights) => Math.abs(score) / Math.abs(sum(weights)),
            "Positive and negative weights must not cancel here: look at your answer to 1.1.",
          ],
          [
            (score, weights) => Math.abs(score) / Math.hypot(...weights),
            "You divide by the l2 norm. That is the distance in a straight line; here each pixel has its own limit ε.",
          ],
          [
            (score, weights) => Math.abs(score) * l1(weights),
            "The larger the weights, the less has to change. Should you multiply?",
          ],
        ],
        otherwise:
          "By 1.1 a change of ε moves the score by ε times a number that you know. For which ε is that |score|?",
      }),
  }),
  defineExercise({
    number: "1.3",
    asks:
      "Write the attack on a linear model: at most ε for each pixel, towards the wrong class, between 0 and 1.",
    takes: "function",
    check: (attack: (image: Pixels, weights: number[], label: number, epsilon: number) => unknown) =>
      tried(attack, {
        on: [
          [[0.5, 0.02, 0.99, 0.4], [2, 1, -3, 0.5], 1, 0.1],
          [[0.5, 0.02, 0.99, 0.4], [2, -1, 3, 0.5], 0, 0.1],
          [[0.3, 0.6], [-1, 0.25], 1, 8 / 255],
        ],
        wanted: pushed,
        learned: "This is the fast gradient sign method: on a linear model the gradient is the weights.",
        mistakes: [
          [
            (...inputs) => pushed(...inputs, { clip: false }),
            "The direction is right, but some pixels leave the range from 0 to 1, and then it is no image any more.",
          ],
          [
            (...inputs) => pushed(...inputs, { towards: 1 }),
            "This makes the right class surer. The attacker wants the other direction.",
          ],
          [
            (...inputs) => pushed(...inputs, { towards: 1, clip: false }),
            "This makes the right class surer, and some pixels leave the range from 0 to 1.",
          ],
          [
            (...inputs) => pushed(...inputs, { fixed: true }),
            "For a cross (label 1) this is right. A nought (label 0) must gain score, so there every sign turns round.",
          ],
          [
            (...inputs) => pushed(...inputs, { fixed: true, clip: false }),
            "For a cross (label 1) the direction is right; a nought (label 0) needs the other one. And clip to [0, 1].",
          ],
          [
            (...inputs) => pushed(...inputs, { fixed: true, towards: 1 }),
            "For a nought (label 0) this is right. A cross (label 1) must lose score, so there every sign turns round.",
          ],
          [
            (...inputs) => pushed(...inputs, { fixed: true, towards: 1, clip: false }),
            "For a nought (label 0) the direction is right; a cross (label 1) needs the other one. And clip to [0, 1].",
          ],
          [
            (...inputs) => pushed(...inputs, { by: (weight) => weight }),
            "You multiply ε by the weight. A pixel with a large weight then changes by more than ε, one with a small weight " +
            "by less than it may. Use the sign of the weight.",
          ],
          [
            (...inputs) => pushed(...inputs, { by: (weight) => weight, clip: false }),
            "You multiply ε by the weight. Use the sign of the weight. And clip to [0, 1].",
          ],
        ],
        otherwise:
          "Each pixel goes up or down by ε: which way is told by the sign of its weight and by the label. At the end, clip " +
          "to [0, 1].",
      }),
  }),
];
