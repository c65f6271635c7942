import { tf } from "../tensor/mod.ts";
import { type Mark, wrong } from "./mark.ts";

/** The types of answers that an exercise may take, by name. */
export interface AnswerTypes {
  /** A finite number. A tensor with one value counts as that value. */
  readonly "number": number;
  /** A text that is not empty. */
  readonly "text": string;
  /** `true` or `false`. */
  readonly "boolean": boolean;
  /** A tensor of any shape. */
  readonly "tensor": tf.Tensor;
  /** A list of anything. */
  readonly "list": readonly unknown[];
  /** An object with fields by name. */
  readonly "record": Readonly<Record<string, unknown>>;
  /** A function that the check calls. What it throws, the student reads as the hint. */
  // deno-lint-ignore no-explicit-any -- the student's function: the check knows its arguments
  readonly "function": (...args: any[]) => any;
  /** Whatever the check can make something of. */
  readonly "anything": unknown;
}

/** The name of a type of answers. */
export type AnswerKind = keyof AnswerTypes;

interface Kind {
  readonly wanted: string;
  readonly accepts: (value: unknown) => boolean;
}

const isObject = (value: unknown) => typeof value === "object" && value !== null;

const KINDS: Readonly<Record<AnswerKind, Kind>> = {
  "number": { wanted: "a number", accepts: (value) => Number.isFinite(value) },
  "text": { wanted: 'a text in quotes, such as "linf"', accepts: (value) => typeof value === "string" },
  "boolean": { wanted: "true or false, without quotes", accepts: (value) => typeof value === "boolean" },
  "tensor": { wanted: "a tensor", accepts: (value) => value instanceof tf.Tensor },
  "list": { wanted: "a list, such as [1, 2, 3]", accepts: Array.isArray },
  "record": {
    wanted: "an object, such as { steps: 10 }",
    accepts: (value) => isObject(value) && !Array.isArray(value) && !(value instanceof tf.Tensor),
  },
  "function": { wanted: "a function", accepts: (value) => typeof value === "function" },
  "anything": { wanted: "an answer", accepts: () => true },
};

/** The names of all types of answers. */
export const answerKinds: readonly AnswerKind[] = Object.keys(KINDS) as AnswerKind[];

/** Whether a cell still holds the placeholder in place of an answer. */
export function isMissing(answer: unknown): boolean {
  return answer === undefined || answer === null ||
    typeof answer === "string" && /^\s*(\.\.\.|…|\?+|your answer)?\s*$/i.test(answer);
}

/** The answer as the check takes it: a tensor with one value as a number where a number is wanted. */
export function asKind(answer: unknown, kind: AnswerKind): unknown {
  return kind === "number" && answer instanceof tf.Tensor && answer.size === 1
    ? answer.dataSync()[0]
    : answer;
}

/** The mark of an answer of the wrong type; undefined if the type is right. */
export function wrongKind(answer: unknown, kind: AnswerKind): Mark | undefined {
  const { wanted, accepts } = KINDS[kind];
  if (accepts(answer)) return undefined;
  const isLikeNumber = kind === "number" && typeof answer === "string" && !Number.isNaN(parseFloat(answer));
  return wrong(
    `The answer is ${described(answer)}, but ${wanted} is wanted${
      isLikeNumber ? ": write it without quotes" : ""
    }.`,
  );
}

/** A value in the words of a student. */
function described(value: unknown): string {
  if (value instanceof tf.Tensor) return `a tensor of shape [${value.shape}]`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "string") {
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value)}`;
  }
  return isObject(value) ? "an object" : String(value);
}
