import { interval, reported } from "../evaluation/mod.ts";
import { agree } from "./_numbers.ts";
import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, unanswered, wrong } from "./mark.ts";

const ROW = "Our method (Qs = 10)";

/** Which images of six survive each of three attacks; then two attacks that share no image; then one attack. */
const VERDICTS: readonly (readonly (readonly boolean[])[])[] = [
  [[true, true, true, false, true, true], [true, false, true, true, true, true], [
    true,
    true,
    false,
    true,
    true,
    false,
  ]],
  [[true, true, false, false], [false, false, true, true]],
  [[true, false, false, false, false]],
];

/** The width that exercise 10.2 asks for, from end to end. */
const WIDTH = 0.02;

const share = (list: readonly boolean[]) => list.filter(Boolean).length / list.length;
const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

/** Lesson 10: judging a defense. */
export const lesson10: readonly Exercise[] = [
  defineExercise({
    number: "10.1",
    asks:
      "Write a function of several lists, one for each attack, that tell which images survive it: the robust accuracy, image by image.",
    takes: "function",
    check(robust: (verdicts: boolean[][]) => unknown) {
      const given = VERDICTS.map((lists) => robust(lists.map((list) => [...list])));
      if (given.every((each) => each === undefined)) return unanswered("The function returns nothing yet.");
      const is = (of: (lists: readonly (readonly boolean[])[]) => number) => agree(given, VERDICTS.map(of));
      const every = (lists: readonly (readonly boolean[])[]) =>
        lists[0]!.map((_, image) => lists.every((list) => list[image]));
      if (is((lists) => share(every(lists)))) {
        return right(
          "The attacker chooses the attack for each image, so an image counts only if it survives all of them.",
        );
      }
      if (is((lists) => Math.min(...lists.map(share)))) {
        return wrong(
          "This is the smallest of the accuracies: one attack for all images. An attacker may choose another one for each image.",
        );
      }
      if (is((lists) => mean(lists.map(share)))) {
        return wrong("This is the mean over the attacks, as if the attacker chose one at random.");
      }
      if (is((lists) => share(lists[0]!.map((_, image) => lists.some((list) => list[image]))))) {
        return wrong("This counts images that survive at least one attack. They have to survive every one.");
      }
      if (is((lists) => share(every(lists)) * lists[0]!.length)) {
        return wrong("This is a number of images. Divide by how many there are.");
      }
      return wrong("For each image: does it survive every attack? Then take the share of images that do.");
    },
  }),

  defineExercise({
    number: "10.2",
    asks:
      "How many images are needed so that the 95 % interval of the paper's accuracy under PGD is no wider than two points, one to each side?",
    takes: "number",
    check(n) {
      const accuracy = reported("table1").rows[ROW]!.values["PGD"]!;
      const width = (n: number) => interval(accuracy * n, n).reduce((low, high) => high - low);
      if (!Number.isInteger(n) || n < 1) return wrong("A number of images is a whole number above 0.");
      let least = 1;
      while (width(least) > WIDTH) least++;
      const points = (width(n) * 100).toFixed(2);
      if (width(n) > WIDTH) {
        return wrong(
          Math.abs(width(n) - 2 * WIDTH) < 0.002
            ? `With ${n} images the interval is ${points} points wide: two points to each side. It should be two points in all.`
            : `With ${n} images the interval is still ${points} points wide.`,
        );
      }
      if (n > 1.02 * least) {
        return wrong(
          `With ${n} images the interval is ${points} points wide, which is enough. But fewer images will do, too.`,
        );
      }
      return right(
        "The width falls with the root of the number: half the width costs four times the images.",
      );
    },
  }),

  defineExercise({
    number: "10.3",
    asks:
      `Which columns of Table 1 leave more images right in the row "${ROW}" than one step of the same attacker does?`,
    takes: "list",
    check(columns) {
      const { values } = reported("table1").rows[ROW]!, step = values["FGS"]!;
      const doubtful = Object.keys(values).filter((column) =>
        column !== "Clean" && column !== "FGS" && values[column] !== null && values[column]! > step
      );
      const given = columns.map(String), unknown = given.find((column) => !(column in values));
      if (given.length === 0) return unanswered("The list is empty.");
      if (unknown !== undefined) {
        return wrong(
          `Table 1 has no column "${unknown}". Its columns are ${Object.keys(values).join(", ")}.`,
        );
      }
      if (given.includes("Clean")) {
        return wrong("Clean is no attack: it is right that it leaves more than FGS.");
      }
      if (given.includes("FGS")) {
        return wrong(
          "FGS is the one step itself. Which attacks take many steps, and leave more than it does?",
        );
      }
      const missing = doubtful.filter((column) => !given.includes(column));
      if (missing.length > 0) {
        return wrong(
          `There ${
            missing.length === 1 ? "is 1 more" : `are ${missing.length} more`
          } of them. Compare each attack with FGS.`,
        );
      }
      return right(
        "Many steps can do what one step does, and more. So these columns show attacks that failed.",
      );
    },
  }),
];
