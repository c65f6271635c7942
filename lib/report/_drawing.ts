import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type Sharp from "sharp";

/** Text of a picture: where its baseline starts, or what it is centred on. */
export interface Text {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly colour: string;
  readonly anchor?: "start" | "middle" | "end";
  readonly bold?: boolean;
}

/** The font of all pictures, and what a browser may take for it: Verdana is about as wide. */
export const FONTS = "DejaVu Sans, Verdana, sans-serif";

let loaded: Promise<typeof Sharp> | undefined;

/**
 * sharp, set up to draw text in DejaVu Sans from npm: the same picture on every machine, one without fonts included.
 *
 * Its fontconfig reads its settings when the first text is drawn. So that text is drawn here, and the settings are
 * then forgotten: neither a child process nor the disk keeps them.
 */
export function drawing(): Promise<typeof Sharp> {
  return loaded ??= load();
}

async function load(): Promise<typeof Sharp> {
  const { default: sharp } = await import("sharp");
  const fonts = fontFolder();
  if (fonts === undefined || Deno.env.has("FONTCONFIG_FILE")) return sharp;
  const folder = await Deno.makeTempDir({ prefix: "gcln-fonts-" });
  try {
    const file = join(folder, "fonts.conf");
    await Deno.writeTextFile(
      file,
      `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">` +
        `<fontconfig><dir>${escape(fonts)}</dir><cachedir>${escape(folder)}</cachedir></fontconfig>`,
    );
    Deno.env.set("FONTCONFIG_FILE", file);
    const text = svg(8, 8, [{ text: "a", x: 0, y: 8, size: 8, colour: "#000" }]);
    await sharp(text).raw().toBuffer();
  } finally {
    Deno.env.delete("FONTCONFIG_FILE");
    await Deno.remove(folder, { recursive: true });
  }
  return sharp;
}

/** Where npm has put the font; undefined where the kit is used without npm's folder: then the machine's fonts serve. */
function fontFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"));
  } catch {
    return undefined;
  }
}

/** A transparent SVG of texts, as sharp takes it. */
export function svg(width: number, height: number, texts: readonly Text[]): Buffer {
  const elements = texts.map(({ text, x, y, size, colour, anchor = "start", bold = false }) =>
    `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}" text-anchor="${anchor}"` +
    `${bold ? ' font-weight="bold"' : ""}>${escape(text)}</text>`
  );
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `font-family="${FONTS}">${elements.join("")}</svg>`,
  );
}

// Advance widths of DejaVu Sans, U+0020 to U+007E, in thousandths of the font size.
// deno-fmt-ignore
const WIDTHS = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636,
  636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
  603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635,
  634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/** How wide a text is in DejaVu Sans, in pixels; a little too wide for letters beyond ASCII. */
export function textWidth(text: string, size: number, bold = false): number {
  let width = 0;
  for (const char of text) width += WIDTHS[char.codePointAt(0)! - 32] ?? (char < "\u0250" ? 640 : 1000);
  return width * size / 1000 * (bold ? 1.13 : 1);
}

/** Breaks a text at spaces into lines that are no wider than `width` pixels, but for words that are. */
export function wrapped(text: string, width: number, size: number, bold = false): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, size, bold) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Text for use in XML and HTML. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.codePointAt(0)};`);
}
