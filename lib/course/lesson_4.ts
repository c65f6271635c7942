import { defineExercise, type Exercise } from "./define_exercise.ts";
import { tried } from "./_tried.ts";

type Logits = number[];

const largestOther = (logits: Logits, label: number) => Math.max(...logits.filter((_, k) => k !== label));
const lead = (logits: Logits, label: number) => logits[label]! - largestOther(logits, label);

type Succeeds = (constant: number) => boolean;

/** What a search for c may do wrong. */
interface SearchVariant {
  readonly bisects?: boolean;
  readonly grows?: boolean;
  /** What is returned: the smallest success, the last c that was tried, or the next one to try. */
  readonly returns?: "success" | "last" | "next";
}

function searched(
  [succeeds, first, searches]: readonly [Succeeds, number, number],
  { bisects = true, grows = true, returns = "success" }: SearchVariant = {},
): number {
  let constant = first, last = first, failed = 0, succeeded = Infinity;
  for (let i = 0; i < searches; i++) {
    last = constant;
    if (succeeds(constant)) succeeded = Math.min(succeeded, constant);
    else failed = constant;
    if (succeeded < Infinity) constant = bisects ? (failed + succeeded) / 2 : constant;
    else constant = grows ? 10 * constant : 2 * constant;
  }
  return returns === "success" ? succeeded : returns === "last" ? last : constant;
}

const from = (least: number): Succeeds => (constant) => constant >= least;

const share = (distances: readonly number[], stands: (distance: number) => boolean) =>
  distances.filter(stands).length / distances.length;

/** Lesson 4: C&W, and the price of a success. */
export const lesson4: readonly Exercise[] = [
  defineExercise({
    number: "4.1",
    asks: "Write f, the part of C&W's loss that is zero where the network errs by at least κ.",
    takes: "function",
    check: (f: (logits: Logits, label: number, confidence: number) => unknown) =>
      tried(f, {
        on: [[[5, 1, 2], 0, 0], [[5, 1, 2], 2, 0], [[-3, -1, -2], 1, 0.5], [[0, 4, 3.5], 2, 1], [
          [1, -7],
          0,
          2,
        ]],
        wanted: (logits, label, confidence) => Math.max(0, lead(logits, label) + confidence),
        learned: "It is flat once the network errs by κ; from there on only the distance counts.",
        mistakes: [
          [
            (logits, label, confidence) => lead(logits, label) + confidence,
            "The outer maximum is missing: below zero it would pay to make the network err more and more, at any distance.",
          ],
          [
            (logits, label, confidence) => Math.max(0, logits[label]! - Math.max(...logits) + confidence),
            "The maximum over the other classes must leave the right class out.",
          ],
          [
            (logits, label, confidence) => Math.max(0, -lead(logits, label) + confidence),
            "The sign is turned round: f must be large while the right class leads.",
          ],
          [
            (logits, label, confidence) => Math.max(0, lead(logits, label) - confidence),
            "The sign of κ: with a larger confidence more is asked for, so f must be larger.",
          ],
          [
            (logits, label) => Math.max(0, lead(logits, label)),
            "For κ = 0 this is right. Where does the confidence come in?",
          ],
          [
            (logits, label, confidence) =>
              Math.max(
                0,
                logits[label]! - Math.max(...logits.map((z, k) => k === label ? 0 : z)) + confidence,
              ),
            "You put 0 in the place of the right class. If all other logits are negative, that 0 is their maximum. Leave it out.",
          ],
        ],
        otherwise: "The logit of the right class, minus the largest of the others, plus κ; and at least 0.",
      }),
  }),
  defineExercise({
    number: "4.2",
    asks:
      "Write the search for the smallest c that succeeds: times ten until the first success, then the middle.",
    takes: "function",
    check: (smallest: (...inputs: [Succeeds, number, number]) => unknown) =>
      tried(smallest, {
        on: [
          [from(0.37), 0.001, 9],
          [from(0.0004), 0.001, 6],
          [from(5), 0.01, 3], // it never gets that far
          [from(0.002), 0.001, 5],
        ],
        wanted: (...inputs) => searched(inputs),
        learned: "Each value of c is a whole attack: this is what makes C&W expensive.",
        mistakes: [
          [
            (...inputs) => searched(inputs, { bisects: false }),
            "This stops at the first success. A smaller c may be enough: go on in the middle between failure and success.",
          ],
          [
            (...inputs) => searched(inputs, { returns: "last" }),
            "You return the last c that was tried. It may have failed; return the smallest one that succeeded.",
          ],
          [
            (...inputs) => searched(inputs, { returns: "next" }),
            "You return a c that has not been tried. Return the smallest one that was seen to succeed.",
          ],
          [
            (...inputs) => searched(inputs, { grows: false }),
            "Before the first success c is multiplied by ten, not by two.",
          ],
          [
            (succeeds, first, searches) => {
              const found = searched([succeeds, first, searches]);
              return found === Infinity ? first * 10 ** (searches - 1) : found;
            },
            "If no c has succeeded, Infinity is wanted.",
          ],
        ],
        otherwise:
          "Keep two numbers, the largest c that failed (0 at first) and the smallest that succeeded (Infinity at first). After " +
          "each try change one of them, then choose the next c: ten times as large, or the middle of the two.",
        tolerance: 1e-9,
      }),
  }),
  defineExercise({
    number: "4.3",
    asks: "Write the accuracy in a ball of radius ε, from the distances of the nearest adversarial images.",
    takes: "function",
    check: (accuracyAt: (distances: number[], epsilon: number) => unknown) =>
      tried(accuracyAt, {
        on: [
          [[0.5, 0, 1, Infinity], 0.5],
          [[Infinity, Infinity, 0.1], 10],
          [[0, 0, 0.25, 0.75, 2], 0],
          [[0.3], 0.2],
        ],
        wanted: (distances, epsilon) => share(distances, (distance) => distance > epsilon),
        learned: "So one run of C&W gives the accuracy for every ε, while PGD has to be run for each ε anew.",
        mistakes: [
          [
            (distances, epsilon) => share(distances, (distance) => distance >= epsilon),
            "An image at exactly ε has fallen: the ball includes its edge.",
          ],
          [
            (distances, epsilon) => share(distances, (distance) => distance <= epsilon),
            "This is the share of images that have fallen. The accuracy is the share of those that stand.",
          ],
          [
            (distances, epsilon) => share(distances, (distance) => distance > epsilon && distance < Infinity),
            "A failed attack (Infinity) has not fooled the network, so its image stands.",
          ],
          [
            (distances, epsilon) => distances.filter((distance) => distance > epsilon).length,
            "This is a count. Divide by the number of images.",
          ],
          [
            (distances, epsilon) => 100 * share(distances, (distance) => distance > epsilon),
            "Give a share from 0 to 1, not percent.",
          ],
          [
            (distances, epsilon) => {
              const finite = distances.filter((distance) => distance < Infinity);
              return finite.length === 0 ? 0 : share(finite, (distance) => distance > epsilon);
            },
            "You leave failures out. But they are images that stand, and count like all others.",
          ],
        ],
        otherwise:
          "Count the images whose distance is larger than ε, and divide by the number of all images.",
      }),
  }),
];
