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
import { provenanceOf } from "./reproduce/provenance.ts";
import { prepare } from "./reproduce/prepare.ts";
import { attackIn, defenseIn, noCleaner } from "./row_and_column.ts";
import type { Table } from "./table.ts";
import { type ColumnAttacker, compare, firstOnes, ORIGINAL } from "./visualise/compare.ts";
import { type Inspector, inspectorOf, release } from "./visualise/inspect.ts";

/** Images, and what the classifier makes of them: what `featureMaps` draws. */
export interface ClassifierView {
  /** `[n, h, w, c]`. */
  readonly images: Images;
  /** The activations of the layer whose maps are shown, `[n, u, v, channels]`. */
  readonly maps: tf.Tensor4D;
  /** Grad-CAM of the class that the classifier says, `[n, h, w]` in [0, 1]. */
  readonly heat: tf.Tensor3D;
  /** The classes that the classifier says, by name. */
  readonly predictions: readonly string[];
  /** How far each image's maps are from the original's, `relativeDistances`; absent of the originals. */
  readonly distances?: readonly number[];
  /** How far each image's heat falls where the original's does, `overlaps`; absent of the originals. */
  readonly overlaps?: readonly number[];
}

/** A few images to look at, and numbers of many. */
export interface Visualisation extends Owner {
  /** `original`, then each column's attacked and cleaned images by their names. */
  readonly shown: Readonly<Record<string, ClassifierView>>;
  /** The true classes of the images shown, by name. */
  readonly truth: readonly string[];
  /** How like the originals all images look to the classifier, with findings. */
  readonly result: LikenessResult;
}

/** Fields of {@link visualise}. */
export interface VisualiseOptions extends Omit<MeasuringOptions, "seeds"> {
  /** The row's head; its defense must have a cleaner. Default: the first. */
  readonly row?: string;
  /** The columns' heads, all attacks; default: all. */
  readonly columns?: readonly string[];
  /**
   * The classifier's layers that are shown. Default: of feature maps the last one with 14 × 14 pixels or more, in which
   * one sees what is in the image; of Grad-CAM the last one with 7 × 7, which is what a ResNet's `layer4` has of images of
   * 224 × 224.
   */
  readonly layers?: Partial<LikenessResult["layers"]>;
  /** How many images are shown; default 3. They are the first of the sample. */
  readonly count?: number;
  /** How many images the numbers are of, at least 2; default: the profile's. */
  readonly examples?: number;
}

const visualiseSettings: Settings = {
  ...measuringSettings,
  row: text(),
  columns: list(text()),
  layers: object("names of layers"),
  count: counting({ least: 1 }),
};

/** Raised whenever the code changes what comes out. */
const CODE_VERSION = 1;
/** The least pixels a side; see {@link VisualiseOptions.layers}. */
const LEAST = { maps: 14, heat: 7 };

/**
 * What the classifier sees in original, attacked and cleaned images: feature maps and Grad-CAM of a few, and numbers of many
 * that say how far cleaning brings them back (Figure 2).
 *
 * What is asked is the classifier alone, of attacked images as they are and of cleaned ones: not the defended classifier.
 * What it says of all images under one attack is kept like a table's cell, so a run that was stopped goes on where it was;
 * the few that are shown are attacked each time.
 *
 * Departure: the paper shows "the activation layer, the third from the last layer". On images of 32 × 32 that is a map of
 * 4 × 4 pixels or fewer, where even another image's heat falls on the same pixels; so an earlier layer is shown. The
 * numbers are of all layers.
 *
 * @param table The experiment whose row and columns are shown.
 * @throws {RangeError} Where the row has no cleaner, a column no attack for it, or a name is not known.
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

/** What the classifier makes of the images that are shown. */
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
