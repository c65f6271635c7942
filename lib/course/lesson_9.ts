import { linf, pgd } from "../attacks/mod.ts";
import { counted, type Images, type Logits, passes, tf, uniform } from "../tensor/mod.ts";
import { agree } from "./_numbers.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, unanswered, wrong } from "./mark.ts";

interface Case {
  readonly weights: number[];
  readonly x: number[];
  readonly y: 1 | -1;
  readonly epsilon: number;
}

const CASES: readonly Case[] = [
  { weights: [1, -2, 0.5], x: [0.3, 0.1, -0.4], y: 1, epsilon: 0.1 },
  { weights: [1, -2, 0.5], x: [0.3, 0.1, -0.4], y: -1, epsilon: 0.3 },
  { weights: [-1.5, 2], x: [1, 1], y: 1, epsilon: 0.25 },
];

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
const logistic = (margin: number) => Math.log1p(Math.exp(-margin));

/** The largest loss in the ball, by trying all its corners. */
function worstByCorners({ weights, x, y, epsilon }: Case): number {
  let worst = -Infinity;
  for (let corner = 0; corner < 2 ** x.length; corner++) {
    const moved = x.map((each, i) => each + ((corner >> i) & 1 ? epsilon : -epsilon));
    worst = Math.max(worst, logistic(y * dot(weights, moved)));
  }
  return worst;
}

/** Gradients for one image that `steps` steps of PGD take, and the one for the weights. */
function gradientsFor(steps: number): number {
  const brightness = counted((images: Images) => images.mean([1, 2]) as Logits);
  const images = uniform<tf.Rank.R4>([1, 2, 2, 2], 0, 1, 9), labels = tf.tensor1d([0], "int32");
  const before = passes().backward;
  pgd(brightness, { images, labels }, { ball: linf(8 / 255), stepSize: 2 / 255, steps });
  return passes().backward - before + 1;
}

/** Clean and robust accuracies of a plain classifier, then of a hardened one. */
const TRADES: readonly (readonly [number, number, number, number])[] = [[0.97, 0, 0.9, 0.45], [
  0.9,
  0.1,
  0.8,
  0.6,
]];

/** Lesson 9: adversarial training and its price. */
export const lesson9: readonly Exercise[] = [
  defineExercise({
    number: "9.1",
    asks:
      "Write the worst logistic loss of a linear model in the ball: a function of its weights, an image x, the label y (1 or −1) and ε.",
    takes: "function",
    check(loss: (weights: number[], x: number[], y: number, epsilon: number) => unknown) {
      const given = CASES.map(({ weights, x, y, epsilon }) => loss([...weights], [...x], y, epsilon));
      if (given.every((each) => each === undefined)) return unanswered("The function returns nothing yet.");
      const is = (of: (example: Case) => number) => agree(given, CASES.map(of));
      const l1 = (weights: number[]) => weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
      if (is(worstByCorners)) {
        return right(
          "The check tried every corner of the ball, and none is worse. So here the inner maximum needs no attack.",
        );
      }
      if (is(({ weights, x, y }) => logistic(y * dot(weights, x)))) {
        return wrong("This is the loss without an attack: it does not depend on ε.");
      }
      if (is(({ weights, x, y, epsilon }) => logistic(y * dot(weights, x) + epsilon * l1(weights)))) {
        return wrong("This attacker helps: the margin grows. The worst change makes the margin smaller.");
      }
      if (is(({ weights, x, y, epsilon }) => logistic(y * (dot(weights, x) - epsilon * l1(weights))))) {
        return wrong("For y = −1 this attacker helps. The margin y (w · x) falls by ε ‖w‖₁ whatever y is.");
      }
      if (
        is(({ weights, x, y, epsilon }) => logistic(y * dot(weights, x) - epsilon * Math.hypot(...weights)))
      ) {
        return wrong("This is the worst change of the l2 ball. In the l∞ ball each pixel moves by ε.");
      }
      if (is(({ weights, x, y, epsilon }) => y * dot(weights, x) - epsilon * l1(weights))) {
        return wrong(
          "This is the smallest margin m, which is the difficult part. The loss is log(1 + exp(−m)).",
        );
      }
      if (is((example) => -worstByCorners(example))) {
        return wrong("Almost: a loss is positive. Mind the sign in front of the logarithm.");
      }
      return wrong(
        "How far can a change of at most ε in each pixel lower the margin y (w · x)? Put that into log(1 + exp(−margin)).",
      );
    },
  }),

  defineExercise({
    number: "9.2",
    asks:
      "Write a function of K: how many gradients does one image cost in a training step with PGD of K steps, where plain training takes one?",
    takes: "function",
    check(cost: (steps: number) => unknown) {
      const steps = [1, 5, 10], given = steps.map((k) => cost(k));
      if (given.every((each) => each === undefined)) return unanswered("The function returns nothing yet.");
      if (agree(given, steps.map(gradientsFor))) {
        return right("K gradients by the image find the attack, and one by the weights learns from it.");
      }
      if (agree(given, steps)) {
        return wrong("These are the gradients of the attack. What is the attacked image for?");
      }
      if (agree(given, steps.map((k) => 2 * k))) {
        return wrong(
          "The weights are changed once for each attacked image, not after each step of the attack.",
        );
      }
      return wrong("Count: a gradient for each step of PGD, and those that change the weights.");
    },
  }),

  defineExercise({
    number: "9.3",
    asks:
      "Write a function of four accuracies (plain clean, plain attacked, hardened clean, hardened attacked): from which share of " +
      "attacked images on does the hardened classifier read more images right?",
    takes: "function",
    check(share: (clean: number, attacked: number, hardClean: number, hardAttacked: number) => unknown) {
      const given = TRADES.map((four) => share(...four));
      if (given.every((each) => each === undefined)) return unanswered("The function returns nothing yet.");
      const is = (of: (four: readonly [number, number, number, number]) => number) =>
        agree(given, TRADES.map(of));
      const equal = TRADES.every(([c, a, hc, ha], i) => {
        const p = Number(given[i]);
        return agree((1 - p) * c + p * a, (1 - p) * hc + p * ha);
      });
      if (equal) {
        return right(
          "With this share of attacked images both read as many right. With more of them hardening pays.",
        );
      }
      if (is(([c, a, hc, ha]) => (c - hc) / (ha - a))) {
        return wrong(
          "This is the price over the gain. A share p of attacked images leaves 1 − p clean ones: solve for p with both.",
        );
      }
      if (is(([c, a, hc, ha]) => (ha - a) / (c - hc + ha - a))) {
        return wrong(
          "This is the share of clean images at which both are equal. The question is about the attacked ones.",
        );
      }
      const [[c, a, hc, ha]] = TRADES as [readonly [number, number, number, number]], p = Number(given[0]);
      return wrong(
        `With your share ${p.toFixed(3)} the plain one reads ${
          ((1 - p) * c + p * a).toFixed(3)
        } of the images right, the hardened one ${((1 - p) * hc + p * ha).toFixed(3)}. They should be equal.`,
      );
    },
  }),
];
