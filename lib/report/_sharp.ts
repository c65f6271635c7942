import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type Sharp from "sharp";
import { escape } from "./_escape.ts";

/** A line of text in a picture. `(x, y)` is the start, middle or end of its baseline, as `anchor` says. */
export interface Text {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly colour: string;
  readonly anchor?: "start" | "middle" | "end";
  readonly bold?: boolean;
}

/** The font of all pictures, then the fonts that a browser may use instead: Verdana is about as wide. */
export const FONTS = "DejaVu Sans, Verdana, sans-serif";

let loaded: Promise<typeof Sharp> | undefined;

/**
 * The sharp library, which draws text in DejaVu Sans from npm. So a picture is the same on every machine, also on one
 * without fonts.
 *
 * sharp reads the font settings when it draws its first text. So the first text is drawn here, and the settings are
 * then removed from the environment and from the disk.
 */
export function sharpWithFont(): Promise<typeof Sharp> {
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

/** The folder of the npm package with the font; undefined where it is not installed: then the machine's fonts are used. */
function fontFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"));
  } catch {
    return undefined;
  }
}

/** A transparent SVG with these texts, in the form that sharp reads. */
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
