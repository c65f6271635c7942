import {
  type CleaningLikeness,
  likenessFindings,
  type LikenessResult,
  overlaps,
  relativeDistances,
} from "../evaluation/mod.ts";
import { classifierSpec, deploy, type Deployment } from "../defenses/mod.ts";
import { checkSettings, count as counting, list, object, type Settings, text } from "../kinds/mod.ts";
import type { Owner } from "../networks/mod.ts";
import { backendName, type Images, tf } from "../tensor/mod.ts";
import {
  checkName,
  circumstancesOf,
  type MeasuringOptions,
  measuringSettings,
  withKnownDataset,
} from "./circumstances.ts";
import { rowInKey } from "./reproduce/cell_key.ts";
import { provenanceOf } from "./reproduce/provenance.ts";
import { prepare } from "./reproduce/prepare.ts";
import { attackIn, defenseIn, noCleaner } from "./row_and_column.ts";
import type { Table } from "./table.ts";
import { type ColumnAttacker, compare, firstOnes, ORIGINAL } from "./visualise/compare.ts";
import { type Inspector, inspectorOf, release } from "./visualise/inspect.ts";

/** Images with the activations, heat and predictions of the classifier, as `featureMaps` draws them. */
export interface ClassifierView {
  /** The images, `[n, h, w, c]`. */
  readonly images: Images;
  /** The activations of the layer whose maps are shown, `[n, u, v, channels]`. */
  readonly maps: tf.Tensor4D;
  /** Grad-CAM of the predicted class, `[n, h, w]` in [0, 1]. */
  readonly heat: tf.Tensor3D;
  /** The names of the predicted classes. */
  readonly predictions: readonly string[];
  /** The `relativeDistances` of each image's maps from the original's; absent for the originals. */
  readonly distances?: readonly number[];
  /** The `overlaps` of each image's heat with the original's; absent for the originals. */
  readonly overlaps?: readonly number[];
}

/** A few images to draw, and numbers of many images. */
export interface Visualisation extends Owner {
  /** The images to draw, by name: `original`, then the attacked and cleaned images of each column. */
  readonly shown: Readonly<Record<string, ClassifierView>>;
  /** The names of the true classes of these images. */
  readonly truth: readonly string[];
  /** The distances and overlaps of all images, with findings. */
  readonly result: LikenessResult;
}

/** Fields of {@link visualise}. */
export interface VisualiseOptions extends Omit<MeasuringOptions, "seeds"> {
  /** The row's head; its defense must have a cleaner. Default: the first. */
  readonly row?: string;
  /** The columns' heads, all attacks; default: all. */
  readonly columns?: readonly string[];
  /**
   * The classifier's layers to show. Default for feature maps: the last layer with at least 14 × 14 pixels, where the content
   * of the image can still be recognised. Default for Grad-CAM: the last layer with at least 7 × 7, the size of a ResNet's
   * `layer4` for images of 224 × 224.
   */
  readonly layers?: Partial<LikenessResult["layers"]>;
  /** The number of images to draw, the first of the sample; default 3. */
  readonly count?: number;
  /** The number of images that the numbers are computed from, at least 2; default: the profile's. */
  readonly examples?: number;
}

const visualiseSettings: Settings = {
  ...measuringSettings,
  row: text(),
  columns: list(text()),
  layers: object("names of layers"),
  count: counting({ least: 1 }),
};

/** The version of this code. Raise it when a change of the code changes the result. */
const CODE_VERSION = 1;
/** The smallest side of maps in pixels; see {@link VisualiseOptions.layers}. */
const LEAST = { maps: 14, heat: 7 };

/**
 * What the classifier sees in original, attacked and cleaned images (Figure 2): feature maps and Grad-CAM of a few images, and
 * distances from the originals over many images.
 *
 * The classifier is used without the defense: on attacked images, and on cleaned ones. The numbers of one attack are stored
 * like a cell of a table, so a stopped run resumes; the few images to draw are attacked each time.
 *
 * Departure: the paper shows "the activation layer, the third from the last layer". For images of 32 × 32 its maps have 4 × 4
 * pixels or fewer, where even the heat of an unrelated image overlaps. So an earlier layer is shown. The numbers are given
 * for all layers.
 *
 * @param table The experiment with the row and the columns.
 * @throws {RangeError} If the row has no cleaner, a column has no attack for it, or a name is not known.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { figure2, visualise } from "@gcln/kit/experiments";
 *
 * const columns = ["Oblivious PGD"];
 * const { result, shown, dispose } = await visualise(figure2, { columns, count: 1, examples: 4 });
 * assertEquals(shown["original"]?.maps.shape, [1, 16, 16, 16]);
 * const { attacked, cleaned } = result.attacks["Oblivious PGD"]!;
 * assert(cleaned.distances["layer4"]!.mean < attacked.distances["layer4"]!.mean);
 * dispose();
 * ```
 */
export async function visualise(table: Table, given: VisualiseOptions = {}): Promise<Visualisation> {
  checkSettings("visualise", visualiseSettings, given);
  const options = await withKnownDataset(table, given);
  const { row = Object.keys(table.rows)[0]!, columns = Object.keys(table.columns), count = 3 } = options;
  const defense = defenseIn(table, row);
  for (const column of columns) attackIn(table, column);
  const examples = options.examples ?? circumstancesOf(table, options).profile.examples;
  if (examples < 2) throw new RangeError(`Cannot compare ${examples} images: 2 or more are wanted`);
  const needed = { row: defense, threats: [] };
  const { runs: [run], provenance } = await prepare(table, [needed], { ...options, seeds: 1 });
  const { circumstances, test, cells, networks } = run!, { profile, dataset, seed, training } = circumstances;
  const held: Owner[] = [networks], hold = <T extends Owner>(owner: T): T => (held.push(owner), owner);
  try {
    const classifier = await networks.load(classifierSpec(profile, dataset, seed), training);
    const deployed = hold(await deploy(defense, circumstances, { training, networks })),
      { cleaner } = deployed;
    if (cleaner === undefined) throw noCleaner(row);
    const inspector = hold(inspectorOf(classifier, test.shape)), layers = layersOf(inspector, options.layers);
    const attackers: ColumnAttacker[] = [];
    for (const column of columns) attackers.push(await attackerOf(table, column, deployed));
    const comparison = { cleaner, inspector, test, circumstances }, about = await provenanceOf(run!, needed);
    const look = (attacker?: ColumnAttacker) => {
      const key = {
        networks: deployed.networks,
        defense: rowInKey(defense),
        attack: attacker?.attack,
        surrogate: attacker?.threat,
        data: test.checksum,
        profile: profile.name,
        backend: backendName(),
        seed,
        code: `visualise ${CODE_VERSION}`,
      };
      return cells.get(key, () => compare(comparison, attacker), about);
    };
    const { likeness } = await look(), attacks: Record<string, CleaningLikeness> = {};
    for (const attacker of attackers) {
      const { likeness: { attacked, cleaned } } = await look(attacker);
      const { column, attack, threat: surrogate } = attacker;
      attacks[column] = { attack, surrogate, attacked: attacked!, cleaned: cleaned! };
    }
    const { original, untouched, unrelated } = likeness;
    const numbers: Omit<LikenessResult, "findings"> = {
      experiment: table.name,
      profile: profile.name,
      dataset,
      caption: table.title,
      row,
      n: test.size,
      layers,
      original: { accuracy: original!.accuracy!, interval: original!.interval! },
      untouched: untouched!,
      unrelated: unrelated!,
      attacks,
      notes: ["The images shown are the first of the sample: none was picked."],
      provenance: {
        ...provenance,
        versions: { deno: Deno.version.deno, networks: deployed.networks.join(", ") },
        code: `visualise ${CODE_VERSION}`,
      },
    };
    const kept = await firstOnes(comparison, attackers, count);
    const shown = await viewsOf(kept, inspector, layers, test.classes);
    return {
      shown,
      truth: Array.from(test.labels.subarray(0, kept[ORIGINAL]!.shape[0]), (label) => test.classes[label]!),
      result: { ...numbers, findings: likenessFindings(numbers) },
      dispose: () =>
        tf.dispose(Object.values(shown).flatMap(({ images, maps, heat }) => [images, maps, heat])),
    };
  } finally {
    for (const owner of held.toReversed()) owner.dispose();
  }
}

function layersOf({ maps }: Inspector, chosen: VisualiseOptions["layers"]): LikenessResult["layers"] {
  const all = [...maps.keys()];
  const lastOf = (least: number) => all.findLast((layer) => maps.get(layer)! >= least) ?? all[0]!;
  const layers = { maps: lastOf(LEAST.maps), heat: lastOf(LEAST.heat), ...chosen };
  for (const layer of [layers.maps, layers.heat]) checkName("layer of maps", layer, all);
  return layers;
}

async function attackerOf(table: Table, column: string, defense: Deployment): Promise<ColumnAttacker> {
  const { attack, surrogate: threat } = attackIn(table, column);
  return { column, attack, threat, surrogate: await defense.surrogate(threat) };
}

/** The classifier's activations, heat and predictions for the images to draw. */
async function viewsOf(
  kept: Readonly<Record<string, Images>>,
  inspector: Inspector,
  layers: LikenessResult["layers"],
  classes: readonly string[],
): Promise<Record<string, ClassifierView>> {
  const place = {
    maps: inspector.layers.indexOf(layers.maps),
    heat: [...inspector.maps.keys()].indexOf(layers.heat),
  };
  const views: Record<string, ClassifierView> = {};
  for (const [name, images] of Object.entries(kept)) {
    const inspection = inspector.inspect(images), { activations, heats, predicted } = inspection;
    const maps = activations[place.maps]!.clone() as tf.Tensor4D, heat = heats[place.heat]!.clone();
    const predictions = Array.from(await predicted.data(), (label) => classes[label]!);
    release(inspection);
    const { [ORIGINAL]: original } = views;
    views[name] = {
      images,
      maps,
      heat,
      predictions,
      ...(original === undefined ? {} : {
        distances: await numbersOf(relativeDistances(maps, original.maps)),
        overlaps: await numbersOf(overlaps(heat, original.heat)),
      }),
    };
  }
  return views;
}

async function numbersOf(tensor: tf.Tensor1D): Promise<readonly number[]> {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
}
