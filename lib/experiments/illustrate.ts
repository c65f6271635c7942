import { attackBy } from "../attacks/mod.ts";
import { knownDataset } from "../data/mod.ts";
import { fold, type Images, tf, useBackend } from "../tensor/mod.ts";
import { contestant } from "./contestant.ts";
import { surrogateOf } from "./reproduce/cell.ts";
import { checkName, settingOf, type SettingOptions } from "./setting.ts";
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
export interface IllustrateOptions extends SettingOptions {
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
 * @param table The experiment whose row and column are shown.
 * @throws {RangeError} Where the row has no cleaner or the column no attack, or a name is not known.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { illustrate, table1 } from "@gcln/kit/experiments";
 *
 * const { images, truth } = await illustrate(table1, {
 *   row: "Our method (Qs = 10)",
 *   column: "FGS",
 *   count: 2,
 * });
 * assertEquals(images.cleaned.shape, [2, 32, 32, 3]);
 * assertEquals(truth.length, 2);
 * ```
 */
export async function illustrate(table: Table, options: IllustrateOptions): Promise<Illustration> {
  const { row, column, count = 6 } = options;
  checkName("row", row, Object.keys(table.rows));
  checkName("column", column, Object.keys(table.columns));
  const defense = table.rows[row]!, spec = table.columns[column]!;
  if (defense.defense !== "gcln") {
    throw new RangeError(`Row ${JSON.stringify(row)} has no cleaner whose work could be shown`);
  }
  if (spec.kind !== "attack") throw new RangeError(`Column ${JSON.stringify(column)} is no attack`);
  const setting = settingOf(table, options), { dataset, seed } = setting;
  await useBackend();
  const test = await knownDataset(dataset)("test");
  const who = await contestant(defense, setting, { threats: [spec.surrogate] });
  const { oblivious: classifier } = who.surrogates;
  const named = async (images: Images): Promise<string[]> => {
    const classes = tf.tidy(() => classifier!(images).argMax(1));
    const values = await classes.data();
    classes.dispose();
    return Array.from(values, (value) => test.classes[value]!);
  };
  try {
    const { images: original, labels } = test.take(count, { seed: fold(seed, "illustrate") }).all();
    const attacked = await attackBy(spec.attack)(
      await surrogateOf(spec, who),
      { images: original, labels },
      { seed: fold(seed, "illustrate") },
    );
    const cleaned = tf.tidy(() => who.cleaner!(attacked));
    const truth = Array.from(await labels.data(), (label) => test.classes[label]!);
    labels.dispose();
    return {
      images: { original, attacked, cleaned },
      truth,
      predictions: {
        original: await named(original),
        attacked: await named(attacked),
        cleaned: await named(cleaned),
      },
    };
  } finally {
    who.dispose();
  }
}
