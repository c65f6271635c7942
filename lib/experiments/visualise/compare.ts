import { attackBy, type AttackSpec } from "../../attacks/mod.ts";
import type { Dataset } from "../../data/mod.ts";
import type { Likeness } from "../../evaluation/mod.ts";
import {
  type Batch,
  type Classifier,
  type Cleaner,
  fold,
  type Images,
  type Labels,
  pause,
  tf,
} from "../../tensor/mod.ts";
import type { Setting } from "../setting.ts";
import type { ThreatModel } from "../table.ts";
import { forget, rotated, type Sight } from "./sight.ts";
import { emptyTally, likenessOf, tallied, type Tally } from "./tally.ts";

/** Names of versions beside those of the attacks. */
export const ORIGINAL = "original", UNTOUCHED = "cleaned without an attack", UNRELATED = "another image";

/** The name of what an attack's column leaves, cleaned. */
export function cleanedBy(column: string): string {
  return `${column}, cleaned`;
}

/** Images at a time. */
const BATCH = 100;

/** An attack, and who makes it. */
export interface Attacker {
  readonly attack: AttackSpec;
  readonly threat: ThreatModel;
  readonly surrogate: Classifier;
}

/** What is compared, and by whom. */
export interface Comparison {
  readonly attackers: Readonly<Record<string, Attacker>>;
  readonly cleaner: Cleaner;
  readonly sight: Sight;
  readonly test: Dataset;
  readonly setting: Setting;
  readonly count: number;
}

/** The versions of a batch by name, the original first; all that is made is put into `held`. */
async function versionsOf(
  batch: Batch,
  { attackers, cleaner, setting: { seed, training: { signal } } }: Comparison,
  held: Images[],
): Promise<Record<string, Images>> {
  const hold = (images: Images): Images => (held.push(images), images);
  const cleaned = (images: Images) => hold(tf.tidy(() => cleaner(images)));
  const versions: Record<string, Images> = { [ORIGINAL]: batch.images, [UNTOUCHED]: cleaned(batch.images) };
  for (const [column, { attack, surrogate }] of Object.entries(attackers)) {
    const draws = fold(fold(seed, "measure"), attack.attack); // as a table's cell has them
    const attacked = await attackBy(attack)(surrogate, batch, { seed: draws, ...(signal ? { signal } : {}) });
    versions[column] = hold(attacked);
    versions[cleanedBy(column)] = cleaned(attacked);
  }
  return versions;
}

/** Likeness by the names of the versions, and the first images of those that are shown. */
export async function compare(comparison: Comparison): Promise<{
  likeness: Record<string, Likeness>;
  kept: Record<string, Images>;
}> {
  const { attackers, sight, test, setting: { training }, count } = comparison;
  const attacked = Object.keys(attackers).flatMap((column) => [column, cleanedBy(column)]);
  const tallies = new Map(
    [ORIGINAL, UNTOUCHED, UNRELATED, ...attacked].map((name) => [name, emptyTally(sight)]),
  );
  const kept: Record<string, Images> = {};
  const progress = training.progress?.(`looking at ${test.size} images`);
  let done = 0;
  try {
    for (const batch of test.batches({ size: BATCH })) {
      const { images, labels } = batch, held: Images[] = [images];
      try {
        await pause(); // for Ctrl-C, which fires the signal
        training.signal?.throwIfAborted();
        const versions = await versionsOf(batch, comparison, held);
        await look(versions, labels, sight, tallies);
        if (done === 0) {
          for (const name of [ORIGINAL, ...attacked]) kept[name] = firstOf(versions[name]!, count);
        }
        done += images.shape[0];
      } finally {
        tf.dispose([labels, ...held]);
      }
      progress?.update(done, test.size);
    }
  } catch (error) {
    tf.dispose(Object.values(kept));
    throw error;
  } finally {
    progress?.done();
  }
  const likeness = Object.fromEntries([...tallies].map(([name, tally]) => [name, likenessOf(tally, sight)]));
  return { likeness, kept };
}

function firstOf(images: Images, count: number): Images {
  return images.slice([0], [Math.min(count, images.shape[0])]);
}

/** Adds the versions of a batch to their tallies. */
async function look(
  versions: Readonly<Record<string, Images>>,
  labels: Labels,
  sight: Sight,
  tallies: ReadonlyMap<string, Tally>,
): Promise<void> {
  const original = sight.look(versions[ORIGINAL]!), others = rotated(original);
  try {
    if (labels.size > 1) await tallied(tallies.get(UNRELATED)!, others, original);
    for (const [name, version] of Object.entries(versions)) {
      const seen = name === ORIGINAL ? original : sight.look(version);
      try {
        await tallied(tallies.get(name)!, seen, original, labels);
      } finally {
        if (seen !== original) forget(seen);
      }
    }
  } finally {
    forget(original);
    forget(others);
  }
}
