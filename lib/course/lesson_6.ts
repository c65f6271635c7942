import { type Classifier, gradientAt, type Images, type Logits, tf, uniform } from "../tensor/mod.ts";
import { agree } from "./_numbers.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { type Mark, right, unanswered, wrong } from "./mark.ts";

const AT = 0.3;

/** No value lies near the middle between two multiples of a step. */
const VALUES = [0.03, 0.11, 0.28, 0.52, 0.61, 0.97], STEPS = [0.25, 0.1], UPSTREAM = [1, -2, 3, 0.5, -1, 2];

/** Lesson 6: zero gradients, why "86 %" can mean nothing, and BPDA. */
export const lesson6: readonly Exercise[] = [
  defineExercise({
    number: "6.1",
    asks: "Find a step h for which (round(0.3 + h) − round(0.3 − h)) / 2h is 1, the slope of y = x.",
    takes: "number",
    check(h) {
      if (h <= 0) return wrong("A step h is positive: it is the way to the right and to the left of 0.3.");
      const slope = (Math.round(AT + h) - Math.round(AT - h)) / (2 * h);
      if (Math.abs(slope - 1) < 1e-6) {
        return right(
          "From far enough away the staircase looks like the line y = x. Its derivative is zero, and yet an attacker who " +
            "compares values at a distance sees a slope.",
        );
      }
      if (slope === 0) {
        return wrong(
          `With h = ${h} both points lie on the same step of the staircase, so the slope is 0. Take a larger h.`,
        );
      }
      return wrong(
        `With h = ${h} the slope is ${
          slope.toFixed(3)
        }: the two points are not as far apart in height as they are in width. ` +
          "Which whole numbers do you get on the two sides?",
      );
    },
  }),

  defineExercise({
    number: "6.2",
    asks:
      "Write a function of a tensor x and a step q that rounds x to multiples of q, and whose gradient is 1 everywhere.",
    takes: "function",
    check(rounded: (x: tf.Tensor1D, q: number) => tf.Tensor1D) {
      const x = tf.tensor1d(VALUES);
      for (const q of STEPS) {
        const value: unknown = rounded(x, q);
        if (value === undefined) return unanswered("The function returns nothing yet.");
        if (!(value instanceof tf.Tensor) || value.size !== x.size) {
          return wrong("The function has to return a tensor of the same shape as x.");
        }
        const wrongValue = valueHint(value, x, q);
        if (wrongValue) return wrongValue;
        const wrongSlope = slopeHint((x) => rounded(x, q), x, q);
        if (wrongSlope) return wrongSlope;
      }
      return right("Forwards it is Eq. (2) to the last bit; only on the way back it pretends to be y = x.");
    },
  }),

  defineExercise({
    number: "6.3",
    asks:
      "Write a function of a quantizer and a classifier that returns the surrogate of BPDA: a classifier with the victim's " +
      "values, whose gradient passes the quantizer as if it were not there.",
    takes: "function",
    check(attacker: (quantizer: (images: Images) => Images, classifier: Classifier) => Classifier) {
      const quantizer = (images: Images): Images => images.mul(3).round().div(3);
      const classifier: Classifier = (images) => images.square().sum([1, 2]) as Logits;
      const surrogate: unknown = attacker(quantizer, classifier);
      if (surrogate === undefined) return unanswered("The function returns nothing yet.");
      if (typeof surrogate !== "function") {
        return wrong(
          "The function has to return a classifier: a function from images to logits, not the logits themselves.",
        );
      }
      return surrogateMark(surrogate as Classifier, quantizer, classifier);
    },
  }),
];

function valueHint(value: tf.Tensor, x: tf.Tensor1D, q: number): Mark | undefined {
  if (agree(value, x.div(q).round().mul(q))) return undefined;
  if (agree(value, x)) {
    return wrong("The values are not rounded at all. Only the way back may ignore the rounding.");
  }
  if (agree(value, x.div(q).round())) {
    return wrong("These are the numbers of the steps. Eq. (2) multiplies with q again after the rounding.");
  }
  if (agree(value, x.round())) return wrong("This rounds to whole numbers. Where does q come in?");
  return wrong(`With q = ${q}, ${VALUES[2]} should become ${(Math.round(VALUES[2]! / q) * q).toFixed(2)}.`);
}

function slopeHint(
  rounded: (x: tf.Tensor1D) => tf.Tensor1D,
  x: tf.Tensor1D,
  q: number,
): Mark | undefined {
  const upstream = tf.tensor1d(UPSTREAM);
  const slope = gradientAt((x: tf.Tensor1D) => rounded(x).mul(upstream).sum() as tf.Scalar, x);
  if (agree(slope, upstream)) return undefined;
  if (agree(slope, tf.zerosLike(x))) {
    return wrong(
      "The values are right, but the gradient is still 0: something rounds outside of the straight-through part.",
    );
  }
  if (agree(slope, upstream.mul(q))) {
    return wrong(
      "The values are right, but the gradient is q: multiplying with q counts on the way back, dividing does not.",
    );
  }
  if (agree(slope, upstream.div(q))) {
    return wrong(
      "The values are right, but the gradient is 1/q: dividing by q counts on the way back, multiplying does not.",
    );
  }
  return wrong(
    "The values are right. The gradient should be 1: what comes back to x is what came back to its rounded value.",
  );
}

function surrogateMark(
  surrogate: Classifier,
  quantizer: (images: Images) => Images,
  classifier: Classifier,
): Mark {
  const images = uniform<tf.Rank.R4>([2, 2, 2, 3], 0, 1, 6), upstream = tf.tensor2d([[1, -2, 3], [0, 1, 2]]);
  const slope = (of: Classifier, at: Images) =>
    gradientAt((x: Images) => of(x).mul(upstream).sum() as tf.Scalar, at);
  const values = surrogate(images);
  if (!agree(values, classifier(quantizer(images)))) {
    return agree(values, classifier(images))
      ? wrong("This surrogate never quantizes: it is the attacker who does not know of the defense.")
      : wrong("The logits of the surrogate have to be those of the victim, classifier(quantizer(images)).");
  }
  const back = slope(surrogate, images);
  if (agree(back, slope(classifier, quantizer(images)))) {
    return right(
      "The gradient is that of the classifier, taken where the classifier works: at the quantized image.",
    );
  }
  if (agree(back, tf.zerosLike(images))) {
    return wrong(
      "The logits are right, but the gradient is 0: this is the victim itself. Wrap the quantizer.",
    );
  }
  if (agree(back, slope(classifier, images))) {
    return wrong(
      "The gradient is that of the classifier at the original image. But the classifier never sees that image: wrap the " +
        "quantizer alone, and put the classifier behind it.",
    );
  }
  return wrong(
    "The logits are right, but the gradient is not that of the classifier at the quantized image.",
  );
}
