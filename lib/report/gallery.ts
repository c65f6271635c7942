import type { Images } from "../tensor/mod.ts";
import { difference } from "./difference.ts";
import { type Displayed, displayed, jupyterDisplay } from "./display.ts";
import { captionText, drawn, type SheetRow } from "./gallery/sheet.ts";
import { type Tile, tilesOf } from "./gallery/tile.ts";
import type { Picture } from "./picture.ts";
import type { Verdict } from "./verdicts.ts";

/** Options of {@linkcode gallery}. */
export interface GalleryOptions {
  /** The enlargement, a whole number; default: the one that makes images about 96 pixels high. */
  readonly scale?: number;
  /** Heads of the rows, such as the true classes. */
  readonly labels?: readonly string[];
  /** The captions under the images of a column, by the column's name. */
  readonly captions?: Readonly<Record<string, readonly (string | Verdict)[]>>;
  /** Adds a column with the second column minus the first, times this factor. */
  readonly amplify?: number;
}

/**
 * Draws images side by side: one row for each image, one column for each name.
 *
 * Pixels are enlarged without smoothing. Values outside [0, 1] are clipped; NaN is drawn in magenta. A notebook shows the
 * promise too, so a cell may end in `gallery(…)` without `await`.
 *
 * @param columns Images `[n, h, w, 1 or 3]` by the name of their column; n is the same in all columns.
 * @param options Scale, heads of rows, captions, an amplified difference.
 * @throws {RangeError} If columns differ in n, or the number of heads or captions is not n.
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

async function draw(
  images: Readonly<Record<string, Images>>,
  { scale, labels = [], captions = {}, amplify }: GalleryOptions,
): Promise<Picture> {
  const read = tiles(images, scale, amplify); // before anything is awaited: the caller may free the images after the call
  const names = [...read.keys()], n = images[names[0] ?? ""]?.shape[0] ?? 0;
  validate(images, n, scale, labels, captions);
  const columns = await Promise.all(names.map(async (name) => ({ name, tiles: await read.get(name)! })));
  const rows = Array.from({ length: n }, (_, row): SheetRow => ({
    ...(labels.length > 0 ? { label: [labels[row]!] } : {}),
    cells: columns.map(({ name, tiles }) => {
      const caption = captions[name]?.[row];
      return { tile: tiles[row]!, ...(caption === undefined ? {} : { caption }) };
    }),
  }));
  return await drawn({ heads: names, rows, alt: altText(names, labels, captions, n) });
}

function tiles(
  images: Readonly<Record<string, Images>>,
  scale: number | undefined,
  amplify: number | undefined,
): Map<string, Promise<Tile[]>> {
  const read = (column: Images) => tilesOf(column, scale ?? Math.max(1, Math.round(96 / column.shape[1])));
  const columns = new Map(Object.entries(images).map(([name, column]) => [name, read(column)]));
  if (amplify === undefined) return columns;
  const [first, second] = Object.keys(images);
  if (first === undefined || second === undefined) {
    throw new RangeError("Cannot amplify a difference of fewer than two columns");
  }
  const amplified = difference(images[second]!, images[first]!, amplify);
  columns.set(
    `${second} − ${first}, ×\u00a0${amplify}`,
    read(amplified).finally(() => amplified.dispose()),
  );
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
    throw new RangeError(`Cannot enlarge pixels ${scale} times: a whole number of at least 1 is wanted`);
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
        `Cannot put captions under column "${name}": the columns are ${Object.keys(images).join(", ")}`,
      );
    }
    if (list.length !== n) {
      throw new RangeError(`Cannot put ${list.length} captions under ${n} images of "${name}"`);
    }
  }
}

function altText(
  names: readonly string[],
  labels: readonly string[],
  captions: Readonly<Record<string, readonly (string | Verdict)[]>>,
  n: number,
): string {
  const rows = labels.length > 0 ? `: ${labels.join(", ")}` : "";
  const under = names.filter((name) => (captions[name]?.length ?? 0) > 0)
    .map((name) => ` Under ${name}: ${captions[name]!.map(captionText).join(", ")}.`);
  return `${n} ${n === 1 ? "row" : "rows"} of images${rows}. Columns: ${names.join("; ")}.` + under.join("");
}
