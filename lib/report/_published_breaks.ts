import type { ResultHead } from "../evaluation/mod.ts";
import { percent } from "./_cell_text.ts";

/** What one evaluation by others left of a defense. */
type Break = NonNullable<ResultHead["breaks"]>[string][number];

/** The head of the column with what others left. */
export const BREAK_HEAD = "Published break";

/** Explains the column. */
export const BREAK_LEGEND =
  `${BREAK_HEAD}: what somebody else's evaluation of the defense left, in percent; nothing of it is measured here.`;

/** Whether there is anything for the column. */
export function hasBreaks({ breaks }: Pick<ResultHead, "breaks">): boolean {
  return breaks !== undefined && Object.keys(breaks).length > 0;
}

/** The first break of a row: `9.0 (Athalye et al. 2018)`; of other images `0.0 on imagenet (Athalye et al. 2018)`. */
export function breakText({ breaks, dataset }: Pick<ResultHead, "breaks" | "dataset">, row: string): string {
  const [first] = breaks?.[row] ?? [];
  if (first === undefined) return "-";
  return `${percent(first.left)}${first.on === dataset ? "" : ` on ${first.on}`} (${first.by})`;
}

/** A break in a sentence: `9.0 % by BPDA on cifar10, L∞ 0.031 (Athalye et al. 2018, Table 1)`. */
export function breakSentence({ by, attack, on, ball, left, source, differs }: Break): string {
  const where = ball === undefined
    ? "at whatever distance it takes"
    : `${NORMS[ball.norm]} ${length(ball.epsilon)}`;
  return `${percent(left)} % by ${attack} on ${on}, ${where} (${by}, ${source})${
    differs ? `; there ${differs}` : ""
  }`;
}

const NORMS = { linf: "L∞", l2: "L2", l1: "L1" } as const;

function length(epsilon: number): string {
  const levels = Math.round(255 * epsilon);
  return epsilon > 0 && epsilon < 1 && Math.abs(255 * epsilon - levels) < 1e-6
    ? `${levels}/255`
    : `${Number(epsilon.toPrecision(3))}`;
}
