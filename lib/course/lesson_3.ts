import { tf } from "../tensor/mod.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, wrong } from "./mark.ts";
import { tried } from "./_tried.ts";

const EPSILON = 8 / 255, STEPS = 10;

type Step = (
  image: tf.Tensor,
  original: tf.Tensor,
  gradient: tf.Tensor,
  stepSize: number,
  epsilon: number,
) => tf.Tensor;

function near(image: tf.Tensor, center: tf.Tensor, epsilon: number): tf.Tensor {
  return image.minimum(center.add(epsilon)).maximum(center.sub(epsilon));
}

const stepped: Step = (image, original, gradient, stepSize, epsilon) =>
  near(image.add(gradient.sign().mul(stepSize)), original, epsilon).clipByValue(0, 1);

/** Inputs on which each usual mistake shows: pixels at the edge of the ball, at 0 and at 1, and gradients of all sizes. */
function stepInputs(): Parameters<Step>[] {
  const shape: [number, number, number, number] = [1, 1, 5, 1];
  const original = tf.tensor4d([0.5, 0.99, 0.01, 0.3, 0.6], shape);
  const image = original.add(tf.tensor4d([0.09, 0, 0, -0.02, 0.05], shape)).clipByValue(0, 1);
  const gradient = tf.tensor4d([2, 0.5, -0.01, -3, 0], shape);
  return [
    [image, original, gradient, 0.04, 0.1],
    [image, original, gradient.neg(), 0.05, 0.1],
    [image, original, gradient, 0.15, 0.1], // longer than ε
  ];
}

type Gradient = (image: number[]) => number[];
type Whole = (
  gradient: Gradient,
  original: number[],
  epsilon: number,
  stepSize: number,
  steps: number,
) => number[];

interface Variant {
  /** Each step's direction: up (1) or down. */
  readonly towards?: number;
  /** Whether the gradient is that of the original image, at every step. */
  readonly once?: boolean;
  readonly ball?: "original" | "none" | "last";
  readonly box?: boolean;
  /** The sign of the slope, or the slope itself. */
  readonly by?: (slope: number) => number;
}

function iterated(
  [gradient, original, epsilon, stepSize, steps]: Parameters<Whole>,
  { towards = 1, once = false, ball = "original", box = true, by = Math.sign }: Variant = {},
): number[] {
  const first = gradient(original);
  let image = original;
  for (let t = 0; t < steps; t++) {
    const slope = once ? first : gradient(image), last = image;
    image = image.map((pixel, i) => {
      const center = ball === "last" ? last[i]! : original[i]!;
      const moved = pixel + towards * stepSize * by(slope[i]!);
      const inBall = ball === "none" ? moved : Math.min(center + epsilon, Math.max(center - epsilon, moved));
      return box ? Math.min(1, Math.max(0, inBall)) : inBall;
    });
  }
  return image;
}

/** A loss with its top at a point: the gradient turns when that is passed. */
const hill = (...top: number[]): Gradient => (image) => image.map((pixel, i) => top[i]! - pixel);
/** A slope that is the same everywhere. */
const plane = (...slope: number[]): Gradient => () => [...slope];

/** Lesson 3: from FGS to PGD. */
export const lesson3: readonly Exercise[] = [
  defineExercise({
    number: "3.1",
    asks:
      "Write one step of PGD with tensors: uphill by the sign, back into the ball around the original, into [0, 1].",
    takes: "function",
    check: (step: (...inputs: Parameters<Step>) => unknown) =>
      tried(step, {
        on: stepInputs(),
        wanted: stepped,
        learned: "This is the whole of PGD; what remains is a loop.",
        mistakes: [
          [
            (image, original, gradient, stepSize, epsilon) =>
              near(image.add(gradient.sign().mul(stepSize)), original, epsilon),
            "The step and the ball are right, but some pixels are below 0 or above 1: clip to [0, 1].",
          ],
          [
            (image, _original, gradient, stepSize) =>
              image.add(gradient.sign().mul(stepSize)).clipByValue(0, 1),
            "After the step some pixels are more than ε from the original: project, back into the ball.",
          ],
          [
            (image, _original, gradient, stepSize) => image.add(gradient.sign().mul(stepSize)),
            "That is the step without the projection: bring the image back into the ball around the original, and into [0, 1].",
          ],
          [
            (image, original, gradient, stepSize, epsilon) =>
              stepped(image, original, gradient.neg(), stepSize, epsilon),
            "Wrong sign: this makes the loss smaller. The attacker goes uphill.",
          ],
          [
            (image, _original, gradient, stepSize, epsilon) =>
              stepped(image, image, gradient, stepSize, epsilon),
            "You project to the ball around the present image. With each step that ball would move; it belongs to the original.",
          ],
          [
            (_image, original, gradient, stepSize, epsilon) =>
              stepped(original, original, gradient, stepSize, epsilon),
            "Your step begins at the original. It must go on from the present image, or all steps are the first one.",
          ],
          [
            (image, original, gradient, stepSize, epsilon) =>
              near(image.add(gradient.mul(stepSize)), original, epsilon).clipByValue(0, 1),
            "You use the gradient itself. The step of an linf attack has the gradient's sign: each pixel moves by the step size.",
          ],
          [
            (image, original, gradient, _stepSize, epsilon) =>
              stepped(image, original, gradient, epsilon, epsilon),
            "Your step is as long as ε. How long should it be?",
          ],
        ],
        otherwise:
          "Three parts, in this order: add step size times sign of the gradient; limit to original ± ε; limit to [0, 1].",
      }),
  }),
  defineExercise({
    number: "3.2",
    asks:
      "How large must each of 10 steps be at least, so that PGD gets from one corner of the ball of 8/255 to the opposite?",
    takes: "number",
    check(answer) {
      const is = (value: number) => Math.abs(answer - value) <= 0.005 * value;
      const reaches = (stepSize: number) => -EPSILON + STEPS * stepSize >= EPSILON * (1 - 1e-6);
      if (is(1.6) || is(16)) return wrong("Mind the unit: images are in [0, 1], so write levels as / 255.");
      if (is(EPSILON / STEPS)) {
        return wrong("With that step PGD gets from the middle to a corner. But it begins in a corner.");
      }
      if (is(2 * EPSILON)) return wrong("One such step is enough. But there are ten.");
      if (!reaches(answer)) {
        return wrong("That is not enough: ten such steps do not get across. How wide is the ball?");
      }
      if (reaches(answer * 0.995)) return wrong("That is enough, but a smaller step would do.");
      return right(
        "That is 1.6/255. The paper's step of 1/255 goes 10/255 in ten steps: enough from the original, not from every start.",
      );
    },
  }),
  defineExercise({
    number: "3.3",
    asks:
      "Write the basic iterative method for one image: begin at the original, and repeat the step of PGD.",
    takes: "function",
    check: (bim: (...inputs: Parameters<Whole>) => unknown) =>
      tried(bim, {
        on: [
          [plane(1, -2, 0.3), [0.5, 0.5, 0.97], 0.1, 0.04, 5],
          [hill(0.56, 0.43, 0.9), [0.5, 0.5, 0.5], 0.1, 0.04, 6],
          [hill(0.52, 0.5), [0.5, 0.02], 0.2, 0.03, 4],
          [plane(-5, 5), [0.5, 0.5], 0.1, 0.02, 2],
          [plane(-1, 1), [0.5, 0.5], 0.1, 0.15, 2], // longer than ε
        ],
        wanted: (...inputs) => iterated(inputs),
        learned: "That is BIM. With a random start it is PGD.",
        mistakes: [
          [
            (...inputs) => iterated(inputs, { once: true }),
            "You take the gradient once, at the original. It must be calculated anew at the present image, at each step.",
          ],
          [
            (...inputs) => iterated(inputs, { box: false }),
            "Nearly: some pixels leave [0, 1]. Clip them as well.",
          ],
          [
            (...inputs) => iterated(inputs, { ball: "none" }),
            "After several steps the image is outside of the ball: project after each step.",
          ],
          [
            (...inputs) => iterated(inputs, { ball: "last" }),
            "You project to the ball around the last image, and so the image walks away. The ball belongs to the original.",
          ],
          [
            (...inputs) => iterated(inputs, { ball: "none", box: false }),
            "The steps are right, but the projection is missing: into the ball around the original, and into [0, 1].",
          ],
          [
            (...inputs) => iterated(inputs, { towards: -1 }),
            "Wrong sign: the loss gets smaller. The attacker goes uphill.",
          ],
          [
            (...inputs) => iterated(inputs, { by: (slope) => slope }),
            "You step by the gradient itself. Use its sign, so that each pixel moves by the step size.",
          ],
          [
            (gradient, original, epsilon, stepSize) => iterated([gradient, original, epsilon, stepSize, 1]),
            "Only one step has been made. Repeat it.",
          ],
        ],
        otherwise:
          "In a loop: gradient at the present image; add step size times its sign; limit to original ± ε and to [0, 1].",
      }),
  }),
];
