import { defineExercise, type Exercise } from "./define_exercise.ts";
import { right, wrong } from "./mark.ts";
import { tried } from "./_tried.ts";

type Pixels = number[];

/** How many numbers an image of the course has: 32 × 32 pixels of three colours. */
const NUMBERS = 32 * 32 * 3;
const EPSILON = 8 / 255;

function clipped(value: number, lowest: number, highest: number): number {
  return Math.min(highest, Math.max(lowest, value));
}

/** Original plus the change, which `limit` has made smaller. */
function within(image: Pixels, original: Pixels, limit: (change: number) => number): Pixels {
  return image.map((pixel, i) => original[i]! + limit(pixel - original[i]!));
}

function shortened(
  image: Pixels,
  original: Pixels,
  factor: (length: number) => number,
  center = original,
): Pixels {
  const length = Math.hypot(...image.map((pixel, i) => pixel - center[i]!));
  return image.map((pixel, i) => center[i]! + factor(length) * (pixel - center[i]!));
}

/** Lesson 2: the ball, and what an attacker may do. */
export const lesson2: readonly Exercise[] = [
  defineExercise({
    number: "2.1",
    asks: "How large in the l2 norm is a change of 8/255 in every number of a 32 × 32 colour image?",
    takes: "number",
    check(answer) {
      const is = (value: number) => Math.abs(answer - value) <= 0.005 * value;
      let squares = 0;
      for (let i = 0; i < NUMBERS; i++) squares += EPSILON ** 2;
      if (is(Math.sqrt(squares))) {
        return right(
          "That is ε √d with d = 3072: an image can be in the linf ball of 8/255 and yet more than 1.7 away in l2.",
        );
      }
      if (is(EPSILON * 32)) {
        return wrong("Count again how many numbers there are: each pixel has three colours.");
      }
      if (is(squares)) return wrong("This is the sum of the squares. The norm is its square root.");
      if (is(EPSILON * NUMBERS)) {
        return wrong("This is the l1 norm, the sum of the sizes. l2 squares, adds, and takes the root.");
      }
      if (is(EPSILON)) {
        return wrong("This is the linf norm. l2 squares each number, adds up, and takes the root.");
      }
      if (is(8 * Math.sqrt(NUMBERS))) {
        return wrong("Mind the unit: images are in [0, 1], so eight levels are 8/255.");
      }
      return wrong(
        "All d numbers change by the same ε, so the sum of squares is d · ε². How large is d, and what is the root?",
      );
    },
  }),
  defineExercise({
    number: "2.2",
    asks: "Write the projection to the linf ball around the original and to [0, 1].",
    takes: "function",
    check: (projectLinf: (image: Pixels, original: Pixels, epsilon: number) => unknown) =>
      tried(projectLinf, {
        on: [
          [[0.5, 0.9, 0.02, 0.45], [0.4, 0.95, 0.05, 0.44], 0.03],
          [[1.3, -0.2, 0.97, 0.5], [0.99, 0.01, 0.95, 0.5], 0.1],
          [[0.2, 0.7], [0.5, 0.5], 8 / 255],
        ],
        wanted: (image, original, epsilon) =>
          image.map((pixel, i) =>
            clipped(clipped(pixel, original[i]! - epsilon, original[i]! + epsilon), 0, 1)
          ),
        learned: "Each pixel is limited by itself, so clipping pixel by pixel gives the nearest image.",
        mistakes: [
          [
            (image, original, epsilon) =>
              within(image, original, (change) => clipped(change, -epsilon, epsilon)),
            "The ball is right, but some pixels are below 0 or above 1: bring them back as well.",
          ],
          [
            (image) => image.map((pixel) => clipped(pixel, 0, 1)),
            "This brings pixels back into [0, 1], but not into the ball: no pixel may be more than ε from the original.",
          ],
          [
            (image, _original, epsilon) => image.map((pixel) => clipped(pixel, -epsilon, epsilon)),
            "This limits the pixel itself to ±ε. It is the change, pixel minus original, that is limited.",
          ],
          [
            (image, original, epsilon) =>
              image.map((pixel, i) => clipped(pixel - original[i]!, -epsilon, epsilon)),
            "This returns the change. The image is the original plus the change.",
          ],
          [
            (image, original, epsilon) =>
              within(image, original, (change) => epsilon * Math.sign(change)).map((pixel) =>
                clipped(pixel, 0, 1)
              ),
            "This moves every pixel to the end of its range. A pixel that is already near enough must stay as it is.",
          ],
        ],
        otherwise:
          "For each pixel: not below original − ε and not above original + ε, and not below 0 and not above 1. Math.min and " +
          "Math.max do that.",
      }),
  }),
  defineExercise({
    number: "2.3",
    asks: "Write the projection to the l2 ball around the original.",
    takes: "function",
    check: (projectL2: (image: Pixels, original: Pixels, epsilon: number) => unknown) =>
      tried(projectL2, {
        on: [
          [[0.5, 0.9, 0.1], [0.4, 0.95, 0.3], 0.1], // outside
          [[0.5, 0.6], [0.48, 0.61], 0.1], // inside
          [[0.2, 0.3], [0.2, 0.3], 0.5], // no change at all
        ],
        wanted: (image, original, epsilon) =>
          shortened(image, original, (length) => length > epsilon ? epsilon / length : 1),
        learned: "The nearest point of the ball lies on the straight line to its middle.",
        mistakes: [
          [
            (image, original, epsilon) => shortened(image, original, (length) => epsilon / (length || 1)),
            "Outside the ball this is right. But an image that is inside must stay where it is, and you push it out to the edge.",
          ],
          [
            (image, original, epsilon) =>
              within(image, original, (change) => clipped(change, -epsilon, epsilon)),
            "This is the linf projection: it limits each pixel by itself. For l2 the length of the whole change is limited.",
          ],
          [
            (image, original, epsilon) =>
              shortened(
                image,
                original,
                (length) => length > epsilon ? epsilon / length : 1,
                image.map(() => 0),
              ),
            "You shorten the image itself. It is the change, image minus original, that is limited.",
          ],
          [
            (image, original, epsilon) =>
              shortened(image, original, (length) => length > epsilon ? epsilon / length ** 2 : 1),
            "The factor is not right: after shortening, the change should have the length ε. Did you forget a square root?",
          ],
        ],
        otherwise:
          "Calculate the change and its length. If the length is more than ε, multiply the change by ε / length; else leave it. " +
          "Then add it to the original. (If you get NaN: what happens where the length is 0?)",
      }),
  }),
];
