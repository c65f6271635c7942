import { sharpWithFont, svg, type Text } from "../_sharp.ts";
import { textWidth, wrapped } from "../_text_width.ts";
import { displayed, jupyterDisplay, png } from "../display.ts";
import type { Picture } from "../picture.ts";
import type { Verdict } from "../verdicts.ts";
import { paint, type Tile, tileHeight, tileWidth } from "./tile.ts";

/** A tile and the caption under it. */
export interface SheetCell {
  readonly tile: Tile;
  readonly caption?: string | Verdict;
}

/** A row of cells, one for each column. */
export interface SheetRow {
  /** The head of the row, to its left, in lines. */
  readonly label?: readonly string[];
  readonly cells: readonly SheetCell[];
  /** `group`: the row is the first of a group, so more space is left above it. */
  readonly begins?: "group";
}

/** Explains the colours of tiles: a bar with all colours, and the values at its ends. */
export interface Legend {
  readonly bar: Tile;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** The content of a picture: tiles in rows and columns. */
export interface Sheet {
  /** The heads of the columns. */
  readonly heads: readonly string[];
  readonly rows: readonly SheetRow[];
  /** Printed under the rows. */
  readonly legends?: readonly Legend[];
  /** A description of the picture in words. */
  readonly alt: string;
}

const MARGIN = 12, GAP = 10, GROUP_GAP = 26, HEAD = 14, CAPTION = 12, LINE = 1.3;
// Contrast of at least 5 : 1 on white; different for readers with any kind of colour blindness.
const INK = "#1a1a1a", CORRECT = "#00639c", WRONG = "#a83200";

interface Column {
  readonly head: readonly string[];
  readonly left: number;
  readonly width: number;
}

interface Band {
  readonly top: number;
  readonly imageHeight: number;
  readonly row: SheetRow;
}

interface Placed {
  readonly tile: Tile;
  readonly x: number;
  readonly y: number;
}

/** Draws a sheet. */
export async function drawn(sheet: Sheet): Promise<Picture> {
  const { heads, rows, legends = [], alt } = sheet;
  const labels = rows.flatMap(({ label = [] }) => label.map((line) => textWidth(line, HEAD) + GAP));
  const side = Math.ceil(Math.max(0, ...labels));
  const columns = columnsOf(heads, rows, MARGIN + side);
  const headHeight = Math.max(...columns.map(({ head }) => head.length)) * HEAD * LINE;
  const bands = bandsOf(rows, MARGIN + headHeight + 6);
  const last = bands.at(-1)!, end = last.top + bandHeight(last.row);
  const under = legendRows(legends, MARGIN + side, end + GROUP_GAP);
  const width = Math.max(Math.ceil(columns.at(-1)!.left + columns.at(-1)!.width + MARGIN), under.width);
  const height = Math.ceil((legends.length > 0 ? under.bottom : end) + MARGIN);

  const texts: Text[] = [...columns.flatMap((column) => headTexts(column, MARGIN + headHeight))];
  const placed: Placed[] = [];
  for (const { row, imageHeight, top } of bands) {
    texts.push(...labelTexts(row.label ?? [], MARGIN + side - GAP, Math.round(top) + imageHeight / 2));
    row.cells.forEach(({ tile, caption }, i) => {
      const middle = columns[i]!.left + columns[i]!.width / 2;
      placed.push({ tile, x: Math.round(middle - tileWidth(tile) / 2), y: Math.round(top) });
      if (caption === undefined) return;
      const colour = typeof caption === "string" ? INK : caption.correct ? CORRECT : WRONG;
      const y = Math.round(top) + imageHeight + CAPTION + 3;
      texts.push({ text: captionText(caption), x: middle, y, size: CAPTION, colour, anchor: "middle" });
    });
  }
  const bytes = await encoded(width, height, [...placed, ...under.placed], [...texts, ...under.texts]);
  return displayed({ png: bytes, width, height, alt }, () => png(bytes, alt)[jupyterDisplay]());
}

/** A caption as text. A verdict has a tick or a cross, so that it can be read without colour. */
export function captionText(caption: string | Verdict): string {
  return typeof caption === "string" ? caption : `${caption.correct ? "✓" : "✗"} ${caption.text}`;
}

function columnsOf(heads: readonly string[], rows: readonly SheetRow[], from: number): Column[] {
  let left = from;
  return heads.map((name, i) => {
    const cells = rows.map((row) => row.cells[i]!);
    const wide = Math.max(
      ...cells.map(({ tile }) => tileWidth(tile)),
      ...cells.map(({ caption }) => caption === undefined ? 0 : textWidth(captionText(caption), CAPTION)),
      ...name.split(" ").map((word) => textWidth(word, HEAD, true)),
    );
    const column = { head: wrapped(name, wide, HEAD, true), left, width: Math.ceil(wide) };
    left += column.width + GAP;
    return column;
  });
}

function tallest(row: SheetRow): number {
  return Math.max(...row.cells.map(({ tile }) => tileHeight(tile)));
}

function bandHeight(row: SheetRow): number {
  return tallest(row) + (row.cells.some(({ caption }) => caption !== undefined) ? CAPTION * LINE + 4 : 0);
}

function bandsOf(rows: readonly SheetRow[], from: number): Band[] {
  let top = from;
  return rows.map((row, i) => {
    if (i > 0) top += row.begins === "group" ? GROUP_GAP : GAP;
    const band = { top, imageHeight: tallest(row), row };
    top += bandHeight(row);
    return band;
  });
}

function headTexts({ head, left, width }: Column, bottom: number): Text[] {
  return head.map((text, line) => ({
    text,
    x: left + width / 2,
    y: bottom - (head.length - 1 - line) * HEAD * LINE - 2,
    size: HEAD,
    colour: INK,
    anchor: "middle",
    bold: true,
  }));
}

function labelTexts(lines: readonly string[], x: number, middle: number): Text[] {
  return lines.map((text, i) => ({
    text,
    x,
    y: middle + HEAD * 0.36 + (i - (lines.length - 1) / 2) * HEAD * LINE,
    size: HEAD,
    colour: INK,
    anchor: "end",
  }));
}

/** Legends, one under the other: lowest value, bar, highest value, explanation. */
function legendRows(legends: readonly Legend[], left: number, top: number) {
  const texts: Text[] = [], placed: Placed[] = [];
  const before = Math.max(0, ...legends.map(({ from }) => textWidth(from, CAPTION))) + 5;
  const barEnd = left + before + Math.max(0, ...legends.map(({ bar }) => tileWidth(bar))) + 5;
  const after = barEnd + Math.max(0, ...legends.map(({ to }) => textWidth(to, CAPTION))) + GAP;
  let y = Math.round(top), width = 0;
  for (const { bar, from, to, text } of legends) {
    const base = y + tileHeight(bar) / 2 + CAPTION * 0.36, common = { y: base, size: CAPTION, colour: INK };
    placed.push({ tile: bar, x: Math.round(left + before), y });
    texts.push({ ...common, text: from, x: left + before - 5, anchor: "end" });
    texts.push({ ...common, text: to, x: barEnd }, { ...common, text, x: after });
    width = Math.max(width, Math.ceil(after + textWidth(text, CAPTION) + MARGIN));
    y += tileHeight(bar) + GAP;
  }
  return { texts, placed, width, bottom: y - GAP };
}

async function encoded(
  width: number,
  height: number,
  placed: readonly Placed[],
  texts: readonly Text[],
): Promise<Uint8Array> {
  const canvas = new Uint8Array(width * height * 3).fill(255);
  for (const { tile, x, y } of placed) paint(canvas, width, tile, x, y);
  const sharp = await sharpWithFont();
  const file = await sharp(canvas, { raw: { width, height, channels: 3 } })
    .composite([{ input: svg(width, height, texts) }])
    .removeAlpha()
    .png({ compressionLevel: 9 })
    .toBuffer();
  return new Uint8Array(file);
}
