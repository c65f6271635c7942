import { type Images, tf } from "../tensor/mod.ts";
import { type Displayed, displayed, jupyterDisplay } from "./display.ts";
import { featureTiles } from "./feature_tiles.ts";
import { captionText, drawn, type Legend, type SheetCell, type SheetRow } from "./gallery/sheet.ts";
import { type Tile, tilesOf } from "./gallery/tile.ts";
import { heatMap } from "./heat_map.ts";
import type { Picture } from "./picture.ts";
import type { Verdict } from "./verdicts.ts";

/** Images, and what a network makes of them on the way. */
export interface SeenImages {
  /** `[n, h, w, 1 or 3]` in [0, 1]. */
  readonly images: Images;
  /** The activations of one layer, `[n, u, v, channels]`. */
  readonly maps: tf.Tensor4D;
  /** Where the network saw its class, `[n, h, w]` in [0, 1]. */
  readonly heat: tf.Tensor3D;
  /** The classes that the network says, by name. */
  readonly predictions?: readonly string[];
  /** How far each image's activations are from the first version's. */
  readonly distances?: readonly number[];
  /** How far each image's heat falls where the first version's does, in [0, 1]. */
  readonly overlaps?: readonly number[];
}

/** Options of {@linkcode featureMaps}. */
export interface FeatureMapsOptions {
  /** The names of the layers, for the labels. */
  readonly layers: { readonly maps: string; readonly heat: string };
  /** The true classes by name, which the predictions are ticked by. */
  readonly truth?: readonly string[];
  /** How many maps of the layer are drawn, at most; default 4: those that the first version wakes most. */
  readonly channels?: number;
}

/** About how high everything is drawn. */
const HEIGHT = 128, BAR = [12, 128] as const;
/** The share of activations that are white: if the largest alone was, most would be black. */
const WHITE = 0.01;

/**
 * The network's view of several versions of the same images, one version a column (Figure 2): the image with what the
 * network says, some of its feature maps in grey, and the heat of its decision over the image.
 *
 * All feature maps share one scale, so noise in an attacked image's is seen at its true strength. The promise shows itself
 * in a notebook too.
 *
 * @param versions By name, the originals first; the same images in the same order in each. They may be freed after the call.
 * @param options The layer's name, the true classes, how many maps.
 * @throws {RangeError} Where there is nothing to draw, or the versions do not have the same shapes.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { featureMaps } from "@gcln/kit/report";
 * import { type tf, uniform, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const seen = (seed: number) => ({
 *   images: uniform<tf.Rank.R4>([1, 32, 32, 3], 0, 1, seed),
 *   maps: uniform<tf.Rank.R4>([1, 8, 8, 20], 0, 3, seed),
 *   heat: uniform<tf.Rank.R3>([1, 32, 32], 0, 1, seed),
 *   predictions: ["cat"],
 * });
 * const { alt } = await featureMaps({ original: seen(1), attacked: seen(2) }, {
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

/** A version, ready to be drawn: tiles by the number of the image. */
interface SeenTiles {
  readonly name: string;
  readonly images: readonly Tile[];
  readonly maps: readonly Tile[];
  readonly heat: readonly Tile[];
  /** Under each of the three. */
  readonly captions: Readonly<Record<"images" | "maps" | "heat", readonly (string | Verdict)[]>>;
}

async function draw(
  versions: Readonly<Record<string, SeenImages>>,
  { layers, truth, channels = 4 }: FeatureMapsOptions,
): Promise<Picture> {
  check(versions, truth);
  const range = rangeOf(versions, channels);
  // Before anything is awaited: the caller may free the tensors after the call.
  const reading = Object.entries(versions).map(([name, seen]) => tilesOfVersion(name, seen, range, truth));
  const white = range.white.data();
  const seen = await Promise.all(reading), [most] = await white;
  tf.dispose([range.white, range.chosen]);
  const n = seen[0]!.images.length;
  const rows = Array.from({ length: n }, (_, i) => rowsOf(seen, i, layers)).flat();
  const legends = await Promise.all([
    legend("0", most!.toPrecision(2), `activation in ${layers.maps}, or more: one scale for all`, "grey"),
    legend("0", "1", `Grad-CAM in ${layers.heat}, share of the image's largest`, "heat"),
  ]);
  return await drawn({ heads: seen.map(({ name }) => name), rows, legends, alt: inWords(seen, layers) });
}

/** The scale of all feature maps, and the numbers of those that are drawn. */
interface Range {
  /** The activation that is white, and all above it. */
  readonly white: tf.Scalar;
  /** Those that the first version wakes most. */
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
): Promise<SeenTiles> {
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

function rowsOf(seen: readonly SeenTiles[], i: number, layers: FeatureMapsOptions["layers"]): SheetRow[] {
  const cells = (kind: "images" | "maps" | "heat") =>
    seen.map((version): SheetCell => {
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

function inWords(seen: readonly SeenTiles[], layers: FeatureMapsOptions["layers"]): string {
  const images = seen[0]!.images.map((_, i) => {
    const said = seen.map(({ name, captions: { images, maps, heat } }) =>
      [
        name,
        ...[images[i], maps[i], heat[i]].flatMap((caption) =>
          caption === undefined ? [] : captionText(caption)
        ),
      ]
        .join(" ")
    );
    return `Image ${i + 1}: ${said.join("; ")}.`;
  });
  return `Images, feature maps (${layers.maps}) and Grad-CAM (${layers.heat}), one version a column. ${
    images.join(" ")
  }`;
}
