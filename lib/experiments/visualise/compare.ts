import { attackBy, type AttackSpec } from "../../attacks/mod.ts";
import type { Dataset } from "../../data/mod.ts";
import type { Likeness, Measurement } from "../../evaluation/mod.ts";
import {
  type Batch,
  type Classifier,
  type Cleaner,
  fold,
  type Images,
  type Labels,
  type Passes,
  passes,
  pause,
  tf,
} from "../../tensor/mod.ts";
import type { ExperimentCircumstances } from "../circumstances.ts";
import type { ThreatModel } from "../table.ts";
import { type Inspection, type Inspector, release, rotated } from "./inspect.ts";
import { emptyTally, likenessOf, tallied, type Tally } from "./likeness_tally.ts";

/** How the images are looked at: as they are, cleaned, and as other images; or attacked, and that cleaned. */
type Version = "original" | "untouched" | "unrelated" | "attacked" | "cleaned";

/** Images at a time. */
const BATCH = 100;

/** An attack of a column, with its surrogate. */
export interface ColumnAttacker {
  readonly column: string;
  readonly attack: AttackSpec;
  readonly threat: ThreatModel;
  readonly surrogate: Classifier;
}

/** What is compared, and by whom. */
export interface Comparison {
  readonly cleaner: Cleaner;
  readonly inspector: Inspector;
  readonly test: Dataset;
  readonly circumstances: ExperimentCircumstances;
}

/** What the classifier has seen in all images. */
export interface Looked extends Measurement {
  /** Under attack those of `attacked` and `cleaned`, else those of the others; `correct` is that of the first. */
  readonly likeness: Readonly<Partial<Record<Version, Likeness>>>;
}

/** Adds images as an attacker leaves them, and the same cleaned, to `held`. */
async function attack(
  batch: Batch,
  { attack, surrogate }: ColumnAttacker,
  { cleaner, circumstances: { seed, training: { signal } } }: Comparison,
  held: Images[],
): Promise<void> {
  const draws = fold(fold(seed, "measure"), attack.attack); // as a table's cell has them
  const attacked = await attackBy(attack)(surrogate, batch, { seed: draws, ...(signal ? { signal } : {}) });
  held.push(attacked, tf.tidy(() => cleaner(attacked)));
}

/** Compares all images, as an attacker leaves them and cleaned, with the originals; without one the originals cleaned. */
export async function compare(comparison: Comparison, attacker?: ColumnAttacker): Promise<Looked> {
  const { cleaner, inspector, test, circumstances: { training } } = comparison;
  const names: readonly Version[] = attacker
    ? ["attacked", "cleaned"]
    : ["original", "untouched", "unrelated"];
  const tallies = new Map(names.map((name) => [name, emptyTally(inspector)]));
  const suffix = attacker ? `, ${attacker.column}` : "";
  const progress = training.progress?.(`looking at ${test.size} images${suffix}`);
  const started = performance.now();
  let done = 0, spent: Passes = { forward: 0, backward: 0 };
  try {
    for (const batch of test.batches({ size: BATCH })) {
      const { images, labels } = batch, held: Images[] = [];
      try {
        await pause(training.signal); // for Ctrl-C, which fires the signal
        const before = passes();
        if (attacker) await attack(batch, attacker, comparison, held);
        else held.push(tf.tidy(() => cleaner(images)));
        spent = since(before, spent);
        const [first, second] = held as [Images, Images?];
        await look(
          batch,
          attacker ? { attacked: first, cleaned: second! } : { untouched: first },
          inspector,
          tallies,
        );
        done += images.shape[0];
      } finally {
        tf.dispose([images, labels, ...held]);
      }
      progress?.update(done, test.size);
    }
  } finally {
    progress?.done(training.signal?.aborted ? "stopped" : undefined);
  }
  return {
    correct: tallies.get(names[0]!)!.right,
    seconds: (performance.now() - started) / 1000,
    ...(attacker ? { passes: spent } : {}),
    likeness: Object.fromEntries([...tallies].map(([name, tally]) => [name, likenessOf(tally, inspector)])),
  };
}

/** What has been spent since, and before that. */
function since(before: Passes, { forward, backward }: Passes): Passes {
  const now = passes();
  return {
    forward: forward + now.forward - before.forward,
    backward: backward + now.backward - before.backward,
  };
}

/** Adds a batch to the tallies: versions of it, and what its originals alone tell. */
async function look(
  { images, labels }: Batch,
  versions: Readonly<Partial<Record<Version, Images>>>,
  inspector: Inspector,
  tallies: ReadonlyMap<Version, Tally>,
): Promise<void> {
  const original = inspector.inspect(images);
  const add = async (version: Version, seen: Inspection, truth?: Labels) => {
    try {
      await tallied(tallies.get(version)!, seen, original, truth);
    } finally {
      if (seen !== original) release(seen);
    }
  };
  try {
    if (tallies.has("original")) await add("original", original, labels);
    if (tallies.has("unrelated") && labels.size > 1) await add("unrelated", rotated(original));
    for (const [version, its] of Object.entries(versions)) {
      await add(version as Version, inspector.inspect(its), labels);
    }
  } finally {
    release(original);
  }
}

/** The name of the originals among the images shown. */
export const ORIGINAL = "original";

/** The first images, in each version by its name: the originals, then each attacker's and the same cleaned. */
export async function firstOnes(
  comparison: Comparison,
  attackers: readonly ColumnAttacker[],
  count: number,
): Promise<Record<string, Images>> {
  const { test, circumstances: { training: { signal } } } = comparison, held: Images[] = [];
  await pause(signal);
  const batch = test.batch(Array.from({ length: Math.min(count, test.size) }, (_, i) => i));
  try {
    held.push(batch.images);
    for (const attacker of attackers) await attack(batch, attacker, comparison, held);
  } catch (error) {
    tf.dispose(held);
    throw error;
  } finally {
    batch.labels.dispose();
  }
  const names = [ORIGINAL, ...attackers.flatMap(({ column }) => [column, `${column}, cleaned`])];
  return Object.fromEntries(names.map((name, i) => [name, held[i]!]));
}
