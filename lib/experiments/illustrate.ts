import { attackBy } from "../attacks/mod.ts";
import { datasets } from "../data/mod.ts";
import { fold, type Images, tf, useBackend } from "../tensor/mod.ts";
import type { TrainedOptions } from "../training/mod.ts";
import { contestant } from "./contestant.ts";
import { profiles } from "./profile.ts";
import type { ReproduceOptions } from "./reproduce.ts";
import type { Table } from "./table.ts";

/** Images of one defense at work, and what the classifier makes of each of them. */
export interface Illustration {
  /** `[n, h, w, c]` each; the caller's to free. */
  readonly images: Readonly<Record<"original" | "attacked" | "cleaned", Images>>;
  /** The true classes, by name. */
  readonly truth: readonly string[];
  /** What the classifier says: of the original, of the attacked image without the defense, and of the cleaned one. */
  readonly predictions: Readonly<Record<"original" | "attacked" | "cleaned", readonly string[]>>;
}

/** Fields of {@link illustrate}. */
export interface IllustrateOptions extends ReproduceOptions {
  /** The row's head; its defense must have a cleaner. */
  readonly row: string;
  /** The column's head; its attack makes the attacked images. */
  readonly column: string;
  /** How many images; default 6. */
  readonly count?: number;
}

/**
 * A few test images before an attack, after it, and cleaned.
 *
 * @throws {RangeError} Where the row has no cleaner or the column no attack.
 */
export async function illustrate(table: Table, options: IllustrateOptions): Promise<Illustration> {
  const { row, column, count = 6, seed = 1 } = options;
  const profile = typeof options.profile === "object"
    ? options.profile
    : profiles[options.profile ?? "quick"];
  await useBackend();
  const dataset = options.dataset ?? profile.dataset ?? table.dataset;
  const training: TrainedOptions = options.progress ? { progress: options.progress } : {};
  const [who, undefended] = [
    await contestant(table.rows[row]!, profile, dataset, seed, training),
    await contestant({ defense: "none" }, profile, dataset, seed, training),
  ];
  const spec = table.columns[column];
  if (spec?.kind !== "attack") throw new RangeError(`Column ${JSON.stringify(column)} is no attack`);
  const surrogate = who?.surrogates[spec.surrogate];
  if (who?.cleaner === undefined || surrogate === undefined) {
    throw new RangeError(`Row ${JSON.stringify(row)} has no cleaner whose work could be shown`);
  }
  const test = await datasets[dataset]("test");
  const batch = test.take(count, { seed: fold(seed, "illustrate") }).all();
  const attacked = await attackBy(spec.attack)(surrogate, batch, { seed: fold(seed, "illustrate") });
  const cleaned = tf.tidy(() => who.cleaner!(attacked));
  const images = { original: batch.images, attacked, cleaned };
  const named = async (images: Images): Promise<string[]> => {
    const classes = tf.tidy(() => undefended!.victim(images).argMax(1));
    const values = await classes.data();
    classes.dispose();
    return Array.from(values, (value) => test.classes[value]!);
  };
  const truth = Array.from(await batch.labels.data(), (label) => test.classes[label]!);
  batch.labels.dispose();
  const predictions = {
    original: await named(batch.images),
    attacked: await named(attacked),
    cleaned: await named(cleaned),
  };
  who.dispose();
  undefended?.dispose();
  return { images, truth, predictions };
}
