import {
  attackBy,
  type AttackSpec,
  checkBatch,
  isIterated,
  padding,
  placesFor,
  runActiveBy,
  strength,
} from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import {
  type Batch,
  type Classifier,
  counted,
  fold,
  type Images,
  isFrozen,
  type Passes,
  passes,
  pause,
  type Progress,
  tf,
} from "../tensor/mod.ts";
import { interval } from "./interval.ts";

/** What {@linkcode robustness} is told. */
export interface RobustnessOptions {
  /** What the attackers differentiate, by the attack's name. Default: the victim. */
  readonly surrogates?: Readonly<Record<string, Classifier>>;
  /**
   * `"survivors"`: each attack sees only what the ones before it have left, and within an attack an image leaves when it
   * has fallen. `"everyone"`: each attack is shown all images, which tells what it does alone. The worst case is the
   * same. Default `"survivors"`.
   */
  readonly shown?: "survivors" | "everyone";
  /** Images at a time. Default 100. */
  readonly batch?: number;
  /** Fixes what is random. Default 0. */
  readonly seed?: number;
  /** Makes a progress for each attack. */
  readonly progress?: (attack: string) => Progress;
  /** Stops between two batches, and within attacks that listen. */
  readonly signal?: AbortSignal;
}

/** A share of images that are classified right. */
export interface Share {
  /** In [0, 1]. */
  readonly accuracy: number;
  /** Wilson's 95 % interval. */
  readonly interval: readonly [number, number];
}

/** What one attack leaves by itself. */
export interface ShareAlone extends Share {
  /** Which images survive it. */
  readonly correct: readonly boolean[];
}

/** What one attack did to the data set. */
export interface AttackRecord {
  /** Its name among the attacks. */
  readonly name: string;
  /** Its settings. */
  readonly spec: AttackSpec;
  /** How many images it was shown. */
  readonly shown: number;
  /** How many of them it took. */
  readonly fallen: number;
  /** The accuracy under this attack and those before it. */
  readonly left: Share;
  /** The accuracy under this attack alone, where it was shown everyone. */
  readonly alone?: ShareAlone;
  /** Passes of one image through a classifier, forwards and back. */
  readonly passes: Passes;
  /** Wall-clock time. */
  readonly seconds: number;
}

/** How a victim fares. */
export interface Robustness {
  /** How many images. */
  readonly n: number;
  /** Without an attack. */
  readonly clean: Share;
  /** What survives every attack, image by image: mean over images of the minimum over attacks. */
  readonly robust: Share;
  /** Which images survive. */
  readonly correct: readonly boolean[];
  /** The first attack that took each image, `"clean"` where none was needed, `null` where none did. */
  readonly takenBy: readonly (string | null)[];
  /** The attacks in order. */
  readonly attacks: readonly AttackRecord[];
}

/**
 * Robust accuracy: what survives the worst of several attacks, image by image.
 *
 * An image counts as fallen when one of an attack's versions of it, those on the way among them, fools the victim. Images
 * that have fallen leave the batch, so that an undefended network costs little more than its first steps. The verdicts
 * are those of every attack on every image, since random draws follow the image, not its place. (Sums in another order
 * may differ in the last bit for batches of other sizes, which now and then decides the sign of a gradient near 0.)
 *
 * @param victim What is scored. Mark it `frozen` to have it compiled.
 * @param data The images, at least one.
 * @param attacks By name, in order: put the cheap ones first.
 * @param options Surrogates, seed, progress.
 * @throws {RangeError} Where there are no images, or a surrogate is named after no attack.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { dataset } from "@gcln/kit/data";
 * import { robustness } from "@gcln/kit/evaluation";
 * import { type Images, type Logits, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * // The class is the brighter channel. FGS takes from the one and gives to the other.
 * const victim = (images: Images) => images.reshape([-1, 2]) as Logits;
 * const pixels = Uint8Array.of(100, 90, 100, 101, 200, 100), labels = new Uint8Array(3);
 * const data = dataset({ name: "pairs", split: "test", classes: ["a", "b"], shape: [1, 1, 2], pixels, labels });
 * const { clean, robust, takenBy } = await robustness(victim, data, { FGS: { attack: "fgs", ball: linf(8 / 255) } });
 * assertEquals([clean.accuracy, robust.accuracy], [2 / 3, 1 / 3]);
 * assertEquals(takenBy, ["FGS", "clean", null]);
 * ```
 */
export async function robustness(
  victim: Classifier,
  data: Dataset,
  attacks: Readonly<Record<string, AttackSpec>>,
  { surrogates = {}, shown = "survivors", batch = 100, seed = 0, progress, signal }: RobustnessOptions = {},
): Promise<Robustness> {
  if (data.size === 0) throw new RangeError(`Cannot measure on no images: ${data.name} has none left`);
  for (const name of Object.keys(surrogates)) {
    if (!(name in attacks)) {
      throw new RangeError(
        `There is a surrogate for ${JSON.stringify(name)}, but the attacks are ${
          Object.keys(attacks).join(", ")
        }`,
      );
    }
  }
  const scored = counted(victim), everyone = Array.from({ length: data.size }, (_, row) => row);
  const takenBy = new Array<string | null>(data.size).fill(null), records: AttackRecord[] = [];
  const standing = () => everyone.filter((row) => takenBy[row] === null);
  const shareOf = (right: number): Share => ({
    accuracy: right / data.size,
    interval: interval(right, data.size),
  });
  const share = (): Share => shareOf(standing().length);
  const without = (gone: ReadonlySet<number>): ShareAlone => ({
    ...shareOf(data.size - gone.size),
    correct: everyone.map((row) => !gone.has(row)),
  });
  const over = async (images: Images, { labels }: Batch): Promise<boolean[]> => {
    const margins = tf.tidy(() => strength(scored, images, labels));
    try {
      return Array.from(await margins.data(), (margin) => margin > 0);
    } finally {
      margins.dispose();
    }
  };
  const inBatches = (fooled: Showing["fooled"]) => ({ size: batch, padded: true, fooled });
  const attacked = (spec: AttackSpec, surrogate: Classifier): Showing => {
    const options = { seed: fold(seed, spec.attack), victim: scored, ...(signal ? { signal } : {}) };
    // Not to be asked again: who promises to say the same. DiverseInput stops at the margins of changed images.
    const settled = isIterated(spec) && spec.attack !== "diverseInput" && isFrozen(victim);
    if (!settled) {
      return inBatches(async (part) => {
        const images = await attackBy(spec)(surrogate, part, { ...options, stop: "on success" });
        try {
          return await over(images, part);
        } finally {
          images.dispose();
        }
      });
    }
    // What several batches have left fills whole ones again.
    const size = Math.min(batch, data.size), values = tf.util.sizeFromShape([...data.shape]);
    const together = Math.max(1, Math.floor(MOST_VALUES / (size * values)));
    return {
      size: together * size,
      padded: false,
      async fooled(part) {
        const { images, success } = await runActiveBy(spec, surrogate, part, { ...options, size });
        images.dispose();
        return success;
      },
    };
  };

  const run = { data, signal }, asTheyAre = inBatches((part) => over(part.images, part));
  for (const row of await fallenOf(run, everyone, asTheyAre)) takenBy[row] = "clean";
  const clean = share(), wrong = new Set(everyone.filter((row) => takenBy[row] === "clean"));
  for (const [name, spec] of Object.entries(attacks)) {
    const surrogate = counted(surrogates[name] ?? victim);
    const rows = shown === "everyone" ? everyone : standing();
    const before = passes(), started = performance.now(), bar = progress?.(name);
    const fallen = await fallenOf(run, rows, attacked(spec, surrogate), bar);
    for (const row of fallen) takenBy[row] ??= name;
    const after = passes();
    records.push({
      name,
      spec,
      shown: rows.length,
      fallen: fallen.length,
      left: share(),
      ...(shown === "everyone" ? { alone: without(wrong.union(new Set(fallen))) } : {}),
      passes: { forward: after.forward - before.forward, backward: after.backward - before.backward },
      seconds: (performance.now() - started) / 1000,
    });
  }
  return {
    n: data.size,
    clean,
    robust: share(),
    correct: takenBy.map((by) => by === null),
    takenBy,
    attacks: records,
  };
}

/** How images are shown to an attack. */
interface Showing {
  /** How many together. */
  readonly size: number;
  /** Whether there are good sizes for what is left over, or any will do. */
  readonly padded: boolean;
  /** Which of them fool the victim then; what follows is padding. */
  fooled(part: Batch): Promise<readonly boolean[]>;
}

/** How many pixel values one tensor of images that are attacked together may have. */
const MOST_VALUES = 2 ** 20;

/** How much of the work may be spent on padding. */
const SPARE = 0.1;

/**
 * How many places what is left over gets. Graphs are slow to make, and each holds the weights; those for whole batches and
 * for powers of two are there, or soon will be.
 */
function placesOf(left: number, size: number, count: number): number {
  if (count <= size) return left;
  return size - left <= SPARE * count ? size : placesFor(left, size);
}

/** Which rows are wrong after an attack. */
async function fallenOf(
  { data, signal }: { readonly data: Dataset; readonly signal: AbortSignal | undefined },
  rows: readonly number[],
  { size, padded, fooled }: Showing,
  progress?: Progress,
): Promise<number[]> {
  const fallen: number[] = [];
  try {
    for (let start = 0; start < rows.length; start += size) {
      await pause();
      signal?.throwIfAborted();
      const some = rows.slice(start, start + size);
      const part = data.batch(
        padded ? padding(some, placesOf(some.length, size, rows.length)) : some,
      );
      try {
        await checkBatch(part, { classes: data.classes.length });
        const verdicts = await fooled(part);
        fallen.push(...some.filter((_, i) => verdicts[i]));
      } finally {
        tf.dispose([part.images, part.labels]);
      }
      progress?.update(Math.min(start + size, rows.length), rows.length);
    }
  } finally {
    progress?.done();
  }
  return fallen;
}
