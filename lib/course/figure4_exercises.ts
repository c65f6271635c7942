import { streetDigits } from "../data/mod.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, wrong } from "./mark.ts";

/** The exercises of the notebook of Figure 4. */
export const figure4Exercises: readonly Exercise[] = [
  defineExercise({
    number: "figure4.3",
    asks:
      "At ε = 0.5, what is the largest share of the 200 street digits that any classifier can read right?",
    takes: "number",
    async check(share) {
      const { labels, classes } = (await streetDigits("test")).take(200);
      const counts = classes.map((_, label) => [...labels].filter((other) => other === label).length);
      const largest = Math.max(...counts) / labels.length;
      if (share > 1) return wrong("Write a share, not percent: 0.5 for 50 %.");
      if (Math.abs(share - largest) < 0.002) {
        return right(
          "The attacker makes every image the same grey. Then every image gets the same answer, and the best one is the most frequent class.",
        );
      }
      if (Math.abs(share - 1 / classes.length) < 0.002) {
        return wrong(
          "This is the mean of all constant answers. The classes are not equally frequent: which constant answer is the best?",
        );
      }
      return wrong(
        "If every image may become the same grey, every image gets the same answer. Count the labels.",
      );
    },
  }),
];
