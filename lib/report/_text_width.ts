// Advance widths of DejaVu Sans, U+0020 to U+007E, in thousandths of the font size.
// deno-fmt-ignore
const WIDTHS = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636,
  636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
  603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635,
  634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/** The width of a text in DejaVu Sans, in pixels; for letters outside ASCII an estimate that is a little too wide. */
export function textWidth(text: string, size: number, bold = false): number {
  let width = 0;
  for (const char of text) width += WIDTHS[char.codePointAt(0)! - 32] ?? (char < "\u0250" ? 640 : 1000);
  return width * size / 1000 * (bold ? 1.13 : 1);
}

/** Breaks a text at spaces into lines of at most `width` pixels. A word that is wider than that has a line of its own. */
export function wrapped(text: string, width: number, size: number, bold = false): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, size, bold) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
