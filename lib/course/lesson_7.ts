import { minimax } from "../losses/mod.ts";
import { type Logits, tf, uniform } from "../tensor/mod.ts";
import { agree } from "./_numbers.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, unanswered, wrong } from "./mark.ts";

/** Perceptual and adversarial losses to balance. */
const LOSSES: readonly (readonly [perceptual: number, adversarial: number])[] = [[3, 0.6], [0.5, 0.7], [
  0.02,
  0.69,
]];

/** Lesson 7: the cleaning game, generator against detector. */
export const lesson7: readonly Exercise[] = [
  defineExercise({
    number: "7.1",
    asks:
      "Write the adversarial loss L_A of Eq. (5): a function of the detector's logits on cleaned images, [n, 2], class 1 is clean.",
    takes: "function",
    check(loss: (logits: Logits) => unknown) {
      const logits = uniform<tf.Rank.R2>([5, 2], -2, 2, 7);
      const found = loss(logits);
      if (found === undefined) return unanswered("The function returns nothing yet.");
      const logs = logits.logSoftmax(),
        [attacked, clean] = [0, 1].map((label) => logs.slice([0, label], [-1, 1]));
      if (found instanceof tf.Tensor && found.size === logits.shape[0]) {
        return wrong(
          "This is a loss for each image. Eq. (5) has an expectation: take the mean over the images.",
        );
      }
      if (agree(found, clean!.mean().neg())) {
        return right(
          "It is small where the detector takes cleaned images for clean ones, so the generator lowers it.",
        );
      }
      if (agree(found, attacked!.mean().neg())) {
        return wrong(
          "This is the loss for the label “attacked”. The generator wants the detector to say “clean”, which is class 1.",
        );
      }
      if (agree(found, clean!.sum().neg())) {
        return wrong("Almost: the expectation is a mean, and this is the sum.");
      }
      if (agree(found, clean!.mean())) {
        return wrong("Almost: the cross-entropy is minus the logarithm. Yours has the other sign.");
      }
      if (agree(found, logits.slice([0, 1], [-1, 1]).mean().neg())) {
        return wrong("These are the logits themselves. The cross-entropy takes the logarithm of a softmax.");
      }
      return wrong(
        "Take the softmax of the two logits, then minus the logarithm of the share of class 1, then the mean over the images.",
      );
    },
  }),

  defineExercise({
    number: "7.2",
    asks:
      "What is the value of Eq. (6) for a detector that gives every image the probability 1/2 of being clean?",
    takes: "number",
    check(value) {
      // A detector whose two logits are equal.
      const undecided = tf.zeros<tf.Rank.R2>([3, 2]), wanted = minimax(undecided, undecided).dataSync()[0]!;
      if (Math.abs(value - wanted) < 0.01) {
        return right(
          "Each of the two terms is log(1/2). This is where the game ends if neither side can improve.",
        );
      }
      if (Math.abs(value + wanted) < 0.01) {
        return wrong("The size is right. But the logarithm of a number below 1 has another sign.");
      }
      if (Math.abs(value - wanted / 2) < 0.01) {
        return wrong(
          "This is one of the two expectations. Eq. (6) adds one for clean and one for cleaned images.",
        );
      }
      if (Math.abs(value - 1) < 1e-6 || Math.abs(value - 0.25) < 1e-6 || Math.abs(value - 0.5) < 1e-6) {
        return wrong("This is made of probabilities. Eq. (6) has their logarithms.");
      }
      if (Math.abs(value - wanted / Math.LN2) < 0.01 || Math.abs(value - wanted / Math.LN10) < 0.01) {
        return wrong("The logarithm of Eq. (6) is the natural one, Math.log.");
      }
      return wrong("Put D(x) = 1/2 into both logarithms of Eq. (6), and add the two.");
    },
  }),

  defineExercise({
    number: "7.3",
    asks:
      "Write a function of the losses L_P and L_A that gives the λ for which both terms of Eq. (3) are equally large.",
    takes: "function",
    check(balance: (perceptual: number, adversarial: number) => unknown) {
      const given = LOSSES.map(([perceptual, adversarial]) => balance(perceptual, adversarial));
      if (given.every((lambda) => lambda === undefined)) {
        return unanswered("The function returns nothing yet.");
      }
      const is = (of: (perceptual: number, adversarial: number) => number) =>
        agree(given, LOSSES.map(([perceptual, adversarial]) => of(perceptual, adversarial)));
      if (LOSSES.every(([p, a], i) => agree((given[i] as number) * p, (1 - (given[i] as number)) * a))) {
        return right(
          "A small loss needs a large weight. The paper sets λ = 0.5, with which a small loss hardly counts.",
        );
      }
      if (is((p, a) => p / (p + a))) {
        return wrong(
          "This gives the larger loss the larger weight. Put your λ into λ L_P and (1 − λ) L_A and compare.",
        );
      }
      if (is((p, a) => a / p)) {
        return wrong("This is the ratio of the two weights, λ / (1 − λ). Solve it for λ.");
      }
      const [[p, a]] = LOSSES as [readonly [number, number]], lambda = Number(given[0]);
      return wrong(
        `For L_P = ${p} and L_A = ${a} your λ is ${lambda.toFixed(3)}: the terms are ${
          (lambda * p).toFixed(3)
        } and ${((1 - lambda) * a).toFixed(3)}, which should be equal.`,
      );
    },
  }),
];
