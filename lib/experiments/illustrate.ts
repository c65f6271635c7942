import { attackBy } from "../attacks/mod.ts";
import { knownDataset } from "../data/mod.ts";
import { deploy } from "../defenses/mod.ts";
import { classesRead, logitsOf } from "../judge/mod.ts";
import { checkSettings, count as counting, type Settings, text } from "../kinds/mod.ts";
import { type Classifier, fold, type Images, pause, tf, useBackend } from "../tensor/mod.ts";
import {
  circumstancesOf,
  type ExperimentOptions,
  measuringSettings,
  withKnownDataset,
} from "./circumstances.ts";
import { attackIn, defenseIn, noCleaner } from "./row_and_column.ts";
import type { Table } from "./table.ts";

/** Images before an attack, after it, and cleaned, with the predictions of the classifier. */
export interface Illustration {
  /** The images, `[n, h, w, c]` each; the caller frees them. */
  readonly images: Readonly<Record<"original" | "attacked" | "cleaned", Images>>;
  /** The names of the true classes. */
  readonly truth: readonly string[];
  /** The names of the predicted classes: of the original, of the attacked image without the defense, and of the cleaned one. */
  readonly predictions: Readonly<Record<"original" | "attacked" | "cleaned", readonly string[]>>;
}

/** Fields of {@link illustrate}. */
export interface IllustrateOptions extends ExperimentOptions {
  /** The row's head; its defense must have a cleaner. */
  readonly row: string;
  /** The column's head; its attack makes the attacked images. */
  readonly column: string;
  /** The number of images; default 6. */
  readonly count?: number;
}

/**
 * A few test images before an attack, after it, and cleaned.
 *
 * @param table The experiment with the row and the column.
 * @throws {RangeError} If the row has no cleaner or the column no attack, or a name is not known.
 * @throws {DOMException} `AbortError`, when `signal` fires.
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
export async function illustrate(table: Table, given: IllustrateOptions): Promise<Illustration> {
  checkSettings("illustrate", illustrateSettings, given);
  const options = await withKnownDataset(table, given);
  const { row, column, count = 6 } = options;
  const defense = defenseIn(table, row), { attack, surrogate } = attackIn(table, column);
  await useBackend();
  const circumstances = circumstancesOf(table, options),
    { dataset, seed, training } = circumstances,
    { signal } = training;
  const test = await knownDataset(dataset)("test");
  const deployed = await deploy(defense, circumstances, { training }), { cleaner } = deployed;
  const named = async (classifier: Classifier, images: Images): Promise<string[]> => {
    const classes = tf.tidy(() => classesRead(logitsOf(classifier, images)));
    const values = await classes.data();
    classes.dispose();
    return Array.from(values, (value) => test.classes[value] ?? "undecided");
  };
  try {
    if (cleaner === undefined) throw noCleaner(row);
    const classifier = await deployed.surrogate("oblivious");
    await pause(signal);
    const { images: original, labels } = test.take(count, { seed: fold(seed, "illustrate") }).all();
    const attacked = await attackBy(attack)(
      await deployed.surrogate(surrogate),
      { images: original, labels },
      { seed: fold(seed, "illustrate"), ...(signal ? { signal } : {}) },
    );
    await pause(signal);
    const cleaned = tf.tidy(() => cleaner(attacked));
    const truth = Array.from(await labels.data(), (label) => test.classes[label]!);
    labels.dispose();
    return {
      images: { original, attacked, cleaned },
      truth,
      predictions: {
        original: await named(classifier, original),
        attacked: await named(classifier, attacked),
        cleaned: await named(classifier, cleaned),
      },
    };
  } finally {
    deployed.dispose();
  }
}

const illustrateSettings: Settings = {
  ...measuringSettings,
  row: text(),
  column: text(),
  count: counting({ least: 1 }),
};
