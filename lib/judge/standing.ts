import { type Passes, passes } from "../tensor/mod.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import type { Judgement } from "./judge.ts";

/** What one attack did to the images that it was shown. */
export interface Turn {
  /** The rows that it was shown. */
  readonly shown: readonly number[];
  /** Those of them that fell to it. */
  readonly fallen: readonly number[];
  /** Images that went through classifiers for it, those that {@linkcode passes} counts. */
  readonly passes: Passes;
  /** Wall-clock time. */
  readonly seconds: number;
  /** What makes its numbers doubtful. */
  readonly faults: Faults;
}

/** Who still stands, of some images that several attacks are tried on. */
export interface Standing {
  /** All rows, 0 to n − 1. */
  readonly everyone: readonly number[];
  /** The rows that have fallen to no attack so far. */
  rows(): number[];
  /**
   * The first attack that each image fell to, `null` where it stands.
   *
   * @throws {Error} Where an image was never shown to anyone: nobody can say that it stands.
   */
  takenBy(): (string | null)[];
  /** Records which of the rows that an attack was shown fell to it, and returns them. */
  record(name: string, rows: readonly number[], judgement: Pick<Judgement, "stands">): number[];
  /**
   * Shows an attack some rows, and records which fell to it and what it cost.
   *
   * @param name The attack.
   * @param rows The images that it is shown.
   * @param attack Attacks them, and has the judge say of each whether it stands.
   */
  show(
    name: string,
    rows: readonly number[],
    attack: (rows: readonly number[]) => Promise<Judgement>,
  ): Promise<Turn>;
}

/**
 * Who still stands: shows images to attacks, one attack after the other, and records which image fell to which attack and
 * what that cost. Robust
 * accuracy, sequences of attacks, restarts and the worst case all count with it.
 *
 * An image that nobody was shown does not stand: it is not known.
 *
 * @param count How many images there are.
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
      throw new Error(`Cannot judge ${rows.length} images by ${stands.length} verdicts of ${name}`);
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
        if (by === undefined) throw new Error(`Cannot say whether image ${row} stands: nobody was shown it`);
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
