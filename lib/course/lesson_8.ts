import { type Images, tf, uniform } from "../tensor/mod.ts";
import { agree } from "./_numbers.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, unanswered, wrong } from "./mark.ts";

/** Which images were right before a transferred attack, and which are after it. */
const CASES: readonly (readonly [before: readonly boolean[], after: readonly boolean[]])[] = [
  [[true, true, true, true, false, false], [true, false, false, false, false, true]],
  [[true, true, false], [true, true, false]],
  [[true, false, true, true, true], [false, false, false, false, true]],
];

/** The attacker of exercise 8.2: how many images, and how many augmentations. */
const IMAGES = 150, AUGMENTATIONS = 6;

/** Lesson 8: black box, substitutes and transfer. */
export const lesson8: readonly Exercise[] = [
  defineExercise({
    number: "8.1",
    asks:
      "Write a function of two lists, right before and right after the attack: the share of the images that were right " +
      "before, which the attack made wrong.",
    takes: "function",
    check(rate: (before: boolean[], after: boolean[]) => unknown) {
      const given = CASES.map(([before, after]) => rate([...before], [...after]));
      if (given.every((share) => share === undefined)) return unanswered("The function returns nothing yet.");
      const is = (of: (before: readonly boolean[], after: readonly boolean[]) => number) =>
        agree(given, CASES.map(([before, after]) => of(before, after)));
      const count = (list: readonly boolean[]) => list.filter(Boolean).length;
      const lost = (before: readonly boolean[], after: readonly boolean[]) =>
        count(before.map((was, i) => was && !after[i]));
      if (is((before, after) => lost(before, after) / count(before))) {
        return right(
          "An image that was wrong without an attack is no success of the attacker, and is not counted.",
        );
      }
      if (is((before, after) => 1 - lost(before, after) / count(before))) {
        return wrong("This is the share that the attack left right. The transfer rate is the rest.");
      }
      if (is((before, after) => lost(before, after) / before.length)) {
        return wrong(
          "You divide by all images. Images that were wrong before the attack can't be made wrong.",
        );
      }
      if (is((_, after) => 1 - count(after) / after.length)) {
        return wrong(
          "This counts every image that is wrong after the attack, also those that were wrong before it.",
        );
      }
      if (is((before, after) => 1 - count(after) / count(before))) {
        return wrong(
          "An image that the attack makes right by chance hides another one that it makes wrong. Count image by image.",
        );
      }
      return wrong(
        "Of six images four were right before; three of these are wrong after the attack. The rate is 3/4.",
      );
    },
  }),

  defineExercise({
    number: "8.2",
    asks:
      `How many labels does the attacker of Papernot et al. ask for, with ${IMAGES} images and ${AUGMENTATIONS} augmentations?`,
    takes: "number",
    check(queries) {
      let known = IMAGES, asked = IMAGES;
      for (let round = 0; round < AUGMENTATIONS; round++) {
        asked += known; // one new image, and so one question, for each image that is known
        known *= 2;
      }
      if (queries === asked) {
        return right("Each augmentation doubles the images, and only the new half is asked for.");
      }
      if (queries === IMAGES * (2 ** (AUGMENTATIONS + 1) - 1)) {
        return wrong(
          "You ask for all images in each round again. The attacker remembers the labels that she has.",
        );
      }
      if (queries === asked - IMAGES) {
        return wrong("The labels of the first images have to be asked for, too.");
      }
      if (queries === asked / 2) {
        return wrong("You have one doubling too few: six augmentations follow the first images.");
      }
      if (queries === IMAGES * (AUGMENTATIONS + 1) || queries === IMAGES * AUGMENTATIONS) {
        return wrong(
          "An augmentation makes a new image of each image that is known by then, not only of the first ones.",
        );
      }
      return wrong("Write down how many images are known after 0, 1, 2 augmentations. How does it go on?");
    },
  }),

  defineExercise({
    number: "8.3",
    asks:
      "Write a step of the momentum of MI-FGSM: a function of the direction so far, the gradient, and μ that returns the new direction.",
    takes: "function",
    check(next: (sofar: Images, gradient: Images, mu: number) => unknown) {
      // The second image's gradient is a thousand times as large as the first one's.
      const sofar = uniform<tf.Rank.R4>([2, 2, 2, 3], -1, 1, 8), scale = tf.tensor4d([1, 1000], [2, 1, 1, 1]);
      const gradient: Images = uniform<tf.Rank.R4>([2, 2, 2, 3], -1, 1, 9).mul(scale), mu = 0.8;
      const found = next(sofar, gradient, mu);
      if (found === undefined) return unanswered("The function returns nothing yet.");
      const is = (of: tf.Tensor) => agree(found, sofar.mul(mu).add(of));
      const each = [1, 2, 3], size = gradient.abs();
      if (is(gradient.div(size.mean(each, true))) || is(gradient.div(size.sum(each, true)))) {
        return right(
          "Normalised, an early small gradient counts as much as a late large one: only the direction is remembered.",
        );
      }
      if (is(gradient)) {
        return wrong(
          "The gradient is not normalised: one step with a large gradient would outweigh all the others.",
        );
      }
      if (is(gradient.div(size.mean())) || is(gradient.div(size.sum()))) {
        return wrong(
          "The mean is over the whole batch. Each image has to be divided by its own, or its neighbours change its attack.",
        );
      }
      if (is(gradient.sign())) {
        return wrong(
          "The sign comes later, when the image is moved. The momentum adds up normalised gradients.",
        );
      }
      if (is(gradient.div(gradient.square().sum(each, true).sqrt()))) {
        return wrong(
          "This divides by the l2 norm. Dong et al. divide by the l1 norm, the sum (or mean) of absolute values.",
        );
      }
      if (
        agree(found, gradient.div(size.mean(each, true))) || agree(found, gradient.div(size.sum(each, true)))
      ) {
        return wrong("The normalised gradient is right. But what was the direction so far? Add μ times it.");
      }
      return wrong(
        "μ times the direction so far, plus the gradient divided by the mean of its absolute values, image by image.",
      );
    },
  }),
];
