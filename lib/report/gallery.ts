import type { Images } from "../tensor/mod.ts";
import { drawing, svg, type Text, textWidth, wrapped } from "./_drawing.ts";
import { difference } from "./difference.ts";
import { type Displayed, displayed, jupyterDisplay, png } from "./display.ts";
import type { Verdict } from "./verdicts.ts";

/** A picture that shows itself in a notebook. */
export interface Picture extends Displayed {
  /** The PNG file. */
  readonly png: Uint8Array;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** What is to be seen, in words. */
  readonly alt: string;
}

/** Options of {@linkcode gallery}. */
export interface GalleryOptions {
  /** Pixels drawn per pixel of an image, a whole number; default: so that images are about 96 high. */
  readonly scale?: number;
  /** Heads of the rows, such as the true classes. */
  readonly labels?: readonly string[];
  /** What stands under the images of a column, by the column's name. */
  readonly captions?: Readonly<Record<string, readonly (string | Verdict)[]>>;
  /** Adds a column: the second column minus the first, times this. */
  readonly amplify?: number;
}

const MARGIN = 12, GAP = 10, HEAD = 14, CAPTION = 12, LINE = 1.3;
// Apart for all kinds of colour blindness, and 5 : 1 or more on white.
const INK = "#1a1a1a", CORRECT = "#00639c", WRONG = "#a83200";

/**
 * Draws images side by side: a row an image, a column a name.
 *
 * Pixels are enlarged as they are, without smoothing. What is beyond [0, 1] is clipped; what is not a number is drawn in magenta.
 * The promise shows itself in a notebook too, so a cell may end in `gallery(…)` without `await`.
 *
 * @param columns Images `[n, h, w, 1 or 3]` by name; the same n in all.
 * @param options Scale, heads of rows, captions, an amplified difference.
 * @throws {RangeError} Where columns differ in n, or heads or captions don't fit them.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gallery } from "@gcln/kit/report";
 * import { tf, uniform, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const original = uniform<tf.Rank.R4>([2, 8, 8, 3], 0, 1, 1);
 * const attacked = original.mul<tf.Tensor4D>(0.9);
 * const picture = await gallery({ original, attacked }, { scale: 8, labels: ["cat", "dog"], amplify: 5 });
 * assertEquals([...picture.png.slice(1, 4)], [...new TextEncoder().encode("PNG")]);
 * ```
 */
export function gallery(
  columns: Readonly<Record<string, Images>>,
  options: GalleryOptions = {},
): Promise<Picture> & Displayed {
  const picture = draw(columns, options);
  return displayed(picture, async () => await (await picture)[jupyterDisplay]());
}

interface Column {
  readonly name: string;
  readonly head: readonly string[];
  readonly captions: readonly (string | Verdict)[];
  readonly pixels: ArrayLike<number>;
  readonly shape: readonly [number, number, number, number];
  readonly scale: number;
  readonly width: number;
}

async function draw(
  images: Readonly<Record<string, Images>>,
  { scale, labels = [], captions = {}, amplify }: GalleryOptions,
): Promise<Picture> {
  const pixels = read(images, amplify); // before anything is awaited: the caller may free the images after the call
  const names = [...pixels.keys()], n = images[names[0] ?? ""]?.shape[0] ?? 0;
  validate(images, n, scale, labels, captions);
  const columns: Column[] = [];
  for (const [name, { shape, data }] of pixels) {
    const factor = scale ?? Math.max(1, Math.round(96 / shape[1]));
    const under = captions[name] ?? [];
    const wide = Math.max(
      shape[2] * factor,
      ...under.map((caption) => textWidth(captionText(caption), CAPTION)),
      ...name.split(" ").map((word) => textWidth(word, HEAD, true)),
    );
    columns.push({
      name,
      head: wrapped(name, wide, HEAD, true),
      captions: under,
      pixels: await data,
      shape,
      scale: factor,
      width: Math.ceil(wide),
    });
  }

  const side = Math.ceil(Math.max(0, ...labels.map((label) => textWidth(label, HEAD) + GAP)));
  const headHeight = Math.max(...columns.map(({ head }) => head.length)) * HEAD * LINE;
  const imageHeight = Math.max(...columns.map(({ shape, scale }) => shape[1] * scale));
  const rowHeight = imageHeight +
    (columns.some(({ captions }) => captions.length > 0) ? CAPTION * LINE + 4 : 0);
  const width = Math.ceil(2 * MARGIN + side + columns.reduce((sum, c) => sum + c.width + GAP, -GAP));
  const top = MARGIN + headHeight + 6;
  const height = Math.ceil(top + n * (rowHeight + GAP) - GAP + MARGIN);

  const canvas = new Uint8Array(width * height * 3).fill(255), texts: Text[] = [];
  const rowTop = (row: number) => Math.round(top + row * (rowHeight + GAP));
  for (let row = 0; row < labels.length; row++) {
    const y = rowTop(row) + imageHeight / 2 + HEAD * 0.36;
    texts.push({ text: labels[row]!, x: MARGIN + side - GAP, y, size: HEAD, colour: INK, anchor: "end" });
  }
  let left = MARGIN + side;
  for (const column of columns) {
    const middle = left + column.width / 2, x = Math.round(middle - column.shape[2] * column.scale / 2);
    column.head.forEach((text, line) => {
      const y = MARGIN + headHeight - (column.head.length - 1 - line) * HEAD * LINE - 2;
      texts.push({ text, x: middle, y, size: HEAD, colour: INK, anchor: "middle", bold: true });
    });
    for (let row = 0; row < n; row++) {
      paint(canvas, width, column, row, x, rowTop(row));
      const caption = column.captions[row];
      if (caption === undefined) continue;
      const y = rowTop(row) + imageHeight + CAPTION + 3;
      const colour = typeof caption === "string" ? INK : caption.correct ? CORRECT : WRONG;
      texts.push({ text: captionText(caption), x: middle, y, size: CAPTION, colour, anchor: "middle" });
    }
    left += column.width + GAP;
  }

  const sharp = await drawing();
  const file = await sharp(canvas, { raw: { width, height, channels: 3 } })
    .composite([{ input: svg(width, height, texts) }])
    .removeAlpha()
    .png({ compressionLevel: 9 })
    .toBuffer();
  const bytes = new Uint8Array(file), alt = inWords(columns, labels, n);
  return displayed({ png: bytes, width, height, alt }, () => png(bytes, alt)[jupyterDisplay]());
}

interface Pixels {
  readonly shape: Images["shape"];
  readonly data: Promise<Float32Array>;
}

function read(images: Readonly<Record<string, Images>>, amplify: number | undefined): Map<string, Pixels> {
  const pixels = (tensor: Images): Pixels => ({
    shape: tensor.shape,
    data: tensor.data() as Promise<Float32Array>,
  });
  const columns = new Map(Object.entries(images).map(([name, tensor]) => [name, pixels(tensor)]));
  if (amplify === undefined) return columns;
  const [first, second] = Object.keys(images);
  if (first === undefined || second === undefined) {
    throw new RangeError("Cannot amplify a difference: it takes two columns");
  }
  const amplified = difference(images[second]!, images[first]!, amplify);
  const { shape, data } = pixels(amplified);
  columns.set(`${second} − ${first}, ×\u00a0${amplify}`, {
    shape,
    data: data.finally(() => amplified.dispose()),
  });
  return columns;
}

function validate(
  images: Readonly<Record<string, Images>>,
  n: number,
  scale: number | undefined,
  labels: readonly string[],
  captions: Readonly<Record<string, readonly unknown[]>>,
): void {
  if (n === 0) throw new RangeError("Cannot draw a gallery without images");
  if (scale !== undefined && !(Number.isInteger(scale) && scale > 0)) {
    throw new RangeError(`Cannot enlarge pixels ${scale} times: scale must be a whole number from 1 on`);
  }
  for (const [name, { shape }] of Object.entries(images)) {
    if (shape[0] !== n) {
      throw new RangeError(
        `Cannot draw a gallery: column "${name}" has ${shape[0]} images, the first has ${n}`,
      );
    }
    if (shape.length !== 4 || (shape[3] !== 1 && shape[3] !== 3)) {
      throw new RangeError(`Cannot draw "${name}" of shape [${shape}]: wanted [n, h, w, 1 or 3]`);
    }
  }
  if (labels.length > 0 && labels.length !== n) {
    throw new RangeError(`Cannot label ${n} rows with ${labels.length} labels`);
  }
  for (const [name, list] of Object.entries(captions)) {
    if (!(name in images)) {
      throw new RangeError(
        `No column "${name}" to put captions under: there are ${Object.keys(images).join(", ")}`,
      );
    }
    if (list.length !== n) {
      throw new RangeError(`Cannot put ${list.length} captions under ${n} images of "${name}"`);
    }
  }
}

/** Draws one image into the canvas, its top left corner at (x, y). */
function paint(
  canvas: Uint8Array,
  canvasWidth: number,
  { pixels, shape: [, h, w, channels], scale }: Column,
  index: number,
  x: number,
  y: number,
): void {
  for (let row = 0; row < h * scale; row++) {
    for (let column = 0; column < w * scale; column++) {
      const from = ((index * h + Math.floor(row / scale)) * w + Math.floor(column / scale)) * channels;
      const to = ((y + row) * canvasWidth + x + column) * 3;
      for (let c = 0; c < 3; c++) {
        const value = pixels[from + (channels === 3 ? c : 0)]!;
        canvas[to + c] = Number.isNaN(value)
          ? (c === 1 ? 0 : 255)
          : Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    }
  }
}

function captionText(caption: string | Verdict): string {
  return typeof caption === "string" ? caption : `${caption.correct ? "✓" : "✗"} ${caption.text}`;
}

function inWords(columns: readonly Column[], labels: readonly string[], n: number): string {
  const rows = labels.length > 0 ? `: ${labels.join(", ")}` : "";
  const said = columns.filter(({ captions }) => captions.length > 0).map(({ name, captions }) =>
    ` Under ${name}: ${captions.map(captionText).join(", ")}.`
  );
  return `${n} ${n === 1 ? "row" : "rows"} of images${rows}. Columns: ${
    columns.map(({ name }) => name).join("; ")
  }.` +
    said.join("");
}
