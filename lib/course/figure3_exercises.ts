import { interval } from "../evaluation/mod.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, wrong } from "./mark.ts";

/** The exercises of the notebook of Figure 3. */
export const figure3Exercises: readonly Exercise[] = [
  defineExercise({
    number: "figure3.3",
    asks: "How many images are needed before the 95 % intervals of 51 % and 53 % no longer overlap?",
    takes: "number",
    check(images) {
      const apart = (n: number) => interval(0.53 * n, n)[0] > interval(0.51 * n, n)[1];
      if (images < 1) return wrong("A number of images is wanted.");
      if (apart(1.1 * images) && !apart(images / 1.1)) {
        return right(
          "That is about the whole test set of CIFAR-10, for one network each. A difference between two networks of the same kind can be larger than this one.",
        );
      }
      if (apart(images)) return wrong("With so many images they are apart, but fewer are enough.");
      if (apart(4.4 * images)) {
        return wrong(
          "They still overlap. Each of the two values has an interval of its own: both halves must fit between the values.",
        );
      }
      return wrong(
        "They still overlap. `interval(correct, n)` gives both ends: try larger n, with 0.51 n and 0.53 n right.",
      );
    },
  }),
];
