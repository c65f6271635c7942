import { type Passes, passes } from "../tensor/mod.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import type { Judgement } from "./judge.ts";

/** The result and the cost of one attack. */
export interface Turn {
  /** The images that it attacked, by their row. */
  readonly shown: readonly number[];
  /** Those of them on which it succeeded. */
  readonly fallen: readonly number[];
  /** The images that it sent through classifiers, as {@linkcode passes} counts them. */
  readonly passes: Passes;
  /** Its wall-clock time. */
  readonly seconds: number;
  /** The counts of faulty images. */
  readonly faults: Faults;
}

/** A record of several attacks on the same images: which images stand, which means that no attack has succeeded on them. */
export interface Standing {
  /** The rows of all images, 0 to n − 1. */
  readonly everyone: readonly number[];
  /** The rows of the images on which no attack has succeeded so far. */
  rows(): number[];
  /**
   * For each image the first attack that succeeded on it; `null` if it stands.
   *
   * @throws {Error} If an image was shown to no attack, so that it is not known whether it stands.
   */
  takenBy(): (string | null)[];
  /** Records on which of these rows an attack succeeded, and returns them. */
  record(name: string, rows: readonly number[], judgement: Pick<Judgement, "stands">): number[];
  /**
   * Runs an attack on some rows. Records on which of them it succeeded, and measures its cost.
   *
   * @param name The name of the attack.
   * @param rows The rows that it attacks.
   * @param attack Attacks the rows and judges the attacked images.
   */
  show(
    name: string,
    rows: readonly number[],
    attack: (rows: readonly number[]) => Promise<Judgement>,
  ): Promise<Turn>;
}

/**
 * Starts a record of several attacks on the same images: which attack succeeded on which image first, and what each attack
 * cost. Robust accuracy, sequences of attacks, restarts and the worst case are all counted with it.
 *
 * An image that no attack was shown does not count as standing: {@linkcode Standing.takenBy} throws.
 *
 * @param count The number of images.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { NO_FAULTS, standing } from "@gcln/kit/judge";
 *
 * const images = standing(3);
 * const odd = (rows: readonly number[]) =>
 *   Promise.resolve({ stands: rows.map((row) => row % 2 === 0), faults: NO_FAULTS });
 * const { fallen } = await images.show("odd", images.rows(), odd);
 * assertEquals([fallen, images.rows(), images.takenBy()], [[1], [0, 2], [null, "odd", null]]);
 * ```
 */
export function standing(count: number): Standing {
  const everyone = Array.from({ length: count }, (_, row) => row);
  const verdicts = new Array<string | null | undefined>(count).fill(undefined);
  const record: Standing["record"] = (name, rows, { stands }) => {
    if (stands.length !== rows.length) {
      throw new Error(
        `Cannot record ${name} on ${rows.length} images: a verdict for each is wanted, not ${stands.length}`,
      );
    }
    const fallen = rows.filter((_, i) => stands[i] !== true);
    for (const row of rows) verdicts[row] ??= null;
    for (const row of fallen) verdicts[row] ??= name;
    return fallen;
  };
  return {
    everyone,
    rows: () => everyone.filter((row) => typeof verdicts[row] !== "string"),
    takenBy() {
      return verdicts.map((by, row) => {
        if (by === undefined) {
          throw new Error(`Cannot say whether image ${row} stands: no attack was shown it`);
        }
        return by;
      });
    },
    record,
    async show(name, rows, attack) {
      const before = passes(), started = performance.now();
      const judgement = rows.length === 0 ? { stands: [], faults: NO_FAULTS } : await attack(rows);
      const after = passes();
      return {
        shown: rows,
        fallen: record(name, rows, judgement),
        passes: { forward: after.forward - before.forward, backward: after.backward - before.backward },
        seconds: (performance.now() - started) / 1000,
        faults: judgement.faults,
      };
    },
  };
}
