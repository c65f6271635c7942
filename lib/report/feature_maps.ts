import { type Images, tf } from "../tensor/mod.ts";
import { type Displayed, displayed, jupyterDisplay } from "./display.ts";
import { featureTiles } from "./feature_tiles.ts";
import { captionText, drawn, type Legend, type SheetCell, type SheetRow } from "./gallery/sheet.ts";
import { type Tile, tilesOf } from "./gallery/tile.ts";
import { heatMap } from "./heat_map.ts";
import type { Picture } from "./picture.ts";
import type { Verdict } from "./verdicts.ts";

/** Images with the activations, Grad-CAM heat and predictions of a network for them. */
export interface SeenImages {
  /** `[n, h, w, 1 or 3]` in [0, 1]. */
  readonly images: Images;
  /** The activations of one layer, `[n, u, v, channels]`. */
  readonly maps: tf.Tensor4D;
  /** Grad-CAM's heat of the predicted class, `[n, h, w]` in [0, 1]. */
  readonly heat: tf.Tensor3D;
  /** The names of the predicted classes. */
  readonly predictions?: readonly string[];
  /** The distance of each image's activations from the first version's. */
  readonly distances?: readonly number[];
  /** The overlap of each image's heat with the first version's, in [0, 1]. */
  readonly overlaps?: readonly number[];
}

/** Options of {@linkcode featureMaps}. */
export interface FeatureMapsOptions {
  /** The names of the layers, for the labels. */
  readonly layers: { readonly maps: string; readonly heat: string };
  /** The names of the true classes: a prediction gets a tick if it is the true class, else a cross. */
  readonly truth?: readonly string[];
  /** The largest number of maps to draw; default 4. The maps with the largest mean activation in the first version are drawn. */
  readonly channels?: number;
}

/** The approximate height of each picture, in pixels. */
const HEIGHT = 128, BAR = [12, 128] as const;
/** The share of activations that are drawn white. If only the largest one were white, most maps would be almost black. */
const WHITE = 0.01;

/**
 * Draws how a network sees several versions of the same images, one column a version (Figure 2): the image with the
 * predicted class, some of the feature maps in grey, and Grad-CAM's heat over the image.
 *
 * All feature maps have one scale, so that noise in the maps of attacked images can be compared with the originals'. A
 * notebook shows the promise too, so a cell may end in `featureMaps(…)` without `await`.
 *
 * @param versions Versions by name, the originals first; each with the same images in the same order. The tensors may be
 * freed after the call.
 * @param options The layers' names, the true classes, the number of maps.
 * @throws {RangeError} If there are no images, or the versions have different shapes.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { featureMaps } from "@gcln/kit/report";
 * import { type tf, uniform, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const version = (seed: number) => ({
 *   images: uniform<tf.Rank.R4>([1, 32, 32, 3], 0, 1, seed),
 *   maps: uniform<tf.Rank.R4>([1, 8, 8, 20], 0, 3, seed),
 *   heat: uniform<tf.Rank.R3>([1, 32, 32], 0, 1, seed),
 *   predictions: ["cat"],
 * });
 * const { alt } = await featureMaps({ original: version(1), attacked: version(2) }, {
 *   layers: { maps: "layer1", heat: "layer2" },
 *   truth: ["cat"],
 * });
 * assertEquals(alt.includes("original ✓ cat; attacked ✓ cat"), true);
 * ```
 */
export function featureMaps(
  versions: Readonly<Record<string, SeenImages>>,
  options: FeatureMapsOptions,
): Promise<Picture> & Displayed {
  const picture = draw(versions, options);
  return displayed(picture, async () => await (await picture)[jupyterDisplay]());
}

/** A version as tiles, one of each kind for each image. */
interface VersionTiles {
  readonly name: string;
  readonly images: readonly Tile[];
  readonly maps: readonly Tile[];
  readonly heat: readonly Tile[];
  /** The captions under each of the three, one for each image. */
  readonly captions: Readonly<Record<"images" | "maps" | "heat", readonly (string | Verdict)[]>>;
}

async function draw(
  versions: Readonly<Record<string, SeenImages>>,
  { layers, truth, channels = 4 }: FeatureMapsOptions,
): Promise<Picture> {
  check(versions, truth);
  const range = rangeOf(versions, channels);
  // Before anything is awaited: the caller may free the tensors after the call.
  const reading = Object.entries(versions).map(([name, version]) =>
    tilesOfVersion(name, version, range, truth)
  );
  const white = range.white.data();
  const tiles = await Promise.all(reading), [largest] = await white;
  tf.dispose([range.white, range.chosen]);
  const n = tiles[0]!.images.length;
  const rows = Array.from({ length: n }, (_, i) => rowsOf(tiles, i, layers)).flat();
  const legends = await Promise.all([
    legend("0", largest!.toPrecision(2), `activation in ${layers.maps}, or more: one scale for all`, "grey"),
    legend("0", "1", `Grad-CAM in ${layers.heat}, share of the image's largest`, "heat"),
  ]);
  return await drawn({ heads: tiles.map(({ name }) => name), rows, legends, alt: altText(tiles, layers) });
}

/** The scale of all feature maps, and the indices of those that are drawn. */
interface Range {
  /** Activations of this size and above are white. */
  readonly white: tf.Scalar;
  /** The maps with the largest mean activation in the first version. */
  readonly chosen: tf.Tensor1D;
}

function rangeOf(versions: Readonly<Record<string, SeenImages>>, channels: number): Range {
  const all = Object.values(versions).map(({ maps }) => maps);
  return tf.tidy(() => {
    const activity = all[0]!.mean<tf.Tensor1D>([0, 1, 2]);
    const chosen = tf.topk(activity, Math.min(channels, activity.size)).indices as tf.Tensor1D;
    const activations = tf.concat(all.map((maps) => maps.gather(chosen, 3).flatten()));
    const { values } = tf.topk(activations, Math.ceil(WHITE * activations.size));
    return { chosen, white: values.min<tf.Scalar>() };
  });
}

async function tilesOfVersion(
  name: string,
  { images, maps, heat, predictions = [], distances = [], overlaps = [] }: SeenImages,
  { white, chosen }: Range,
  truth: readonly string[] | undefined,
): Promise<VersionTiles> {
  const [, height] = images.shape, [, u] = maps.shape, scale = Math.max(1, Math.round(HEIGHT / height));
  const across = Math.ceil(Math.sqrt(chosen.size));
  const grey = featureTiles(maps, {
    channels: chosen,
    range: [0, white],
    scale: Math.max(1, Math.round(HEIGHT / across / u)),
  });
  const warm = heatMap(heat, { over: images });
  try {
    const [a, b, c] = await Promise.all([tilesOf(images, scale), tilesOf(grey, 1), tilesOf(warm, scale)]);
    const captions = {
      images: predictions.map((text, i) => truth === undefined ? text : { text, correct: text === truth[i] }),
      maps: distances.map((distance) => `distance ${distance.toFixed(2)}`),
      heat: overlaps.map((overlap) => `overlap ${Math.round(100 * overlap)}%`),
    };
    return { name, images: a, maps: b, heat: c, captions };
  } finally {
    tf.dispose([grey, warm]);
  }
}

function rowsOf(
  versions: readonly VersionTiles[],
  i: number,
  layers: FeatureMapsOptions["layers"],
): SheetRow[] {
  const cells = (kind: "images" | "maps" | "heat") =>
    versions.map((version): SheetCell => {
      const caption = version.captions[kind][i];
      return { tile: version[kind][i]!, ...(caption === undefined ? {} : { caption }) };
    });
  return [
    { label: ["image"], cells: cells("images"), ...(i > 0 ? { begins: "group" as const } : {}) },
    { label: ["feature maps", layers.maps], cells: cells("maps") },
    { label: ["Grad-CAM", layers.heat], cells: cells("heat") },
  ];
}

async function legend(from: string, to: string, text: string, kind: "grey" | "heat"): Promise<Legend> {
  const bar = tf.tidy(() => {
    const ramp = tf.tile(tf.linspace(0, 1, BAR[1]).reshape<tf.Tensor3D>([1, 1, BAR[1]]), [1, BAR[0], 1]);
    return kind === "heat" ? heatMap(ramp as tf.Tensor3D) : ramp.expandDims<Images>(3);
  });
  const [tile] = await tilesOf(bar, 1);
  bar.dispose();
  return { bar: tile!, from, to, text };
}

function check(versions: Readonly<Record<string, SeenImages>>, truth: readonly string[] | undefined): void {
  const [first, ...others] = Object.entries(versions);
  const n = first?.[1].images.shape[0] ?? 0;
  if (first === undefined || n === 0) throw new RangeError("Cannot draw the feature maps of no images");
  for (const [name, { images, maps, heat, predictions, distances, overlaps }] of [first, ...others]) {
    const { images: { shape }, maps: { shape: [, ...map] } } = first[1];
    if (
      `${images.shape}` !== `${shape}` || `${maps.shape}` !== `${[n, ...map]}` ||
      `${heat.shape}` !== `${shape.slice(0, 3)}`
    ) {
      throw new RangeError(
        `Cannot draw "${name}" beside "${first[0]}": images [${images.shape}], maps [${maps.shape}], heat ` +
          `[${heat.shape}] in place of [${shape}], [${[n, ...map]}], [${shape.slice(0, 3)}]`,
      );
    }
    for (const list of [predictions, truth, distances, overlaps]) {
      if (list !== undefined && list.length !== n) {
        throw new RangeError(`Cannot write ${list.length} captions under ${n} images of "${name}"`);
      }
    }
  }
}

function altText(versions: readonly VersionTiles[], layers: FeatureMapsOptions["layers"]): string {
  const images = versions[0]!.images.map((_, i) => {
    const texts = versions.map(({ name, captions: { images, maps, heat } }) =>
      [
        name,
        ...[images[i], maps[i], heat[i]].flatMap((caption) =>
          caption === undefined ? [] : captionText(caption)
        ),
      ]
        .join(" ")
    );
    return `Image ${i + 1}: ${texts.join("; ")}.`;
  });
  return `Images, feature maps (${layers.maps}) and Grad-CAM (${layers.heat}), one version a column. ${
    images.join(" ")
  }`;
}
