import type { Footnote } from "./_footnotes.ts";

const DIGITS = [..."⁰¹²³⁴⁵⁶⁷⁸⁹"];

/** The numbers of footnotes as marks: `² ¹⁰`. */
export function superscripts(notes: readonly Pick<Footnote, "number">[]): string {
  return notes.map(({ number }) => [...String(number)].map((digit) => DIGITS[Number(digit)]).join("")).join(
    " ",
  );
}
