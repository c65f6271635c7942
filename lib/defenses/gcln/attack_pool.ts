import { attackBy, type AttackSpec } from "../../attacks/mod.ts";
import { checkSettings, count, list, object, type Settings } from "../../kinds/mod.ts";
import { augment, type AugmentOptions, type Dataset } from "../../data/mod.ts";
import {
  type Batch,
  type Classifier,
  fold,
  type Images,
  pause,
  type Progress,
  tf,
} from "../../tensor/mod.ts";

/** Perturbations of the first images of a training set, made once. */
export interface AttackPool {
  /** One byte a pixel value: δ = byte · scale / 127. */
  readonly perturbations: Int8Array;
  /** The largest |δ| there can be. */
  readonly scale: number;
  /**
   * The attacked versions of a batch; a new tensor.
   *
   * @param batch The images, augmented where `changes` says so.
   * @param indices Their positions in the training set.
   * @param changes How the batch was augmented: the perturbations are mirrored and moved like their images. They were made
   *   for the images as they are; a classifier that was trained on mirrored and moved images takes them nearly as well.
   */
  attacked(batch: Batch, indices: Uint32Array, changes?: AugmentOptions): Images;
}

/** Fields of {@link attackPool}. */
export interface AttackPoolOptions {
  /** Taken in turn, batch by batch. */
  readonly attacks: readonly AttackSpec[];
  /** Images a batch; default 64. */
  readonly batch?: number;
  /** Fixes the attacks' random starts. */
  readonly seed: number;
  /** Gets the number of images attacked so far. */
  readonly progress?: Progress;
  /** Stops the work between two batches; nothing is kept. */
  readonly signal?: AbortSignal;
}

const attackPoolSettings: Settings = {
  attacks: list(object("an attack's spec"), { least: 1 }),
  batch: count({ least: 1, default: 64 }),
  seed: { wanted: "a whole number", accepts: Number.isSafeInteger },
  progress: object("a progress"),
  signal: object("an AbortSignal"),
};

/** The farthest that any of the attacks moves a pixel. */
function reach(attacks: readonly AttackSpec[]): number {
  return Math.max(...attacks.map(({ ball }) => ball.norm === "linf" ? ball.epsilon : 1));
}

/** Perturbations that are mirrored and moved as their images are. */
function augmented(bytes: Int8Array, [, ...shape]: Images["shape"], changes: AugmentOptions): Int8Array {
  return new Int8Array(augment(new Uint8Array(bytes.buffer), shape, changes).buffer);
}

/**
 * A pool of perturbations that were made before.
 *
 * @param perturbations {@link AttackPool.perturbations} of the earlier pool.
 * @param attacks The attacks that it was made by.
 */
export function poolOf(perturbations: Int8Array, attacks: readonly AttackSpec[]): AttackPool {
  const scale = reach(attacks);
  return {
    perturbations,
    scale,
    attacked({ images }, indices, changes) {
      const each = images.size / indices.length, chosen = new Int8Array(images.size);
      indices.forEach((index, i) => {
        chosen.set(perturbations.subarray(index * each, (index + 1) * each), i * each);
      });
      const bytes = changes === undefined ? chosen : augmented(chosen, images.shape, changes);
      const moves = Float32Array.from(bytes, (byte) => byte * scale / 127);
      return tf.tidy(() => images.add(tf.tensor4d(moves, images.shape)).clipByValue(0, 1) as Images);
    },
  };
}

/**
 * Attacks every image of a data set once, by several attacks in turn: the attacked images Ω* of §3.3.
 *
 * Departure: the paper attacks during training. Where the attacker differentiates a network that is not trained,
 * that gives the same images again and again, so they are made once and shared by all q. Perturbations are kept to
 * 1/127 of the largest, which is finer than a pixel's last bit.
 *
 * @param classifier What the attacker differentiates.
 * @param data The images.
 * @throws {DOMException} `AbortError`, when `signal` fires.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { linf } from "@gcln/kit/attacks";
 * import { streetDigits } from "@gcln/kit/data";
 * import { type Logits, type tf, useBackend } from "@gcln/kit/tensor";
 * import { attackPool } from "@gcln/kit/defenses";
 *
 * await useBackend();
 * const data = await streetDigits("train", { size: 8 });
 * const brightest = (images: tf.Tensor4D) => images.max([1, 2]) as Logits;
 * const attacks = [{ attack: "fgs", ball: linf(8 / 255) }] as const;
 * const { perturbations } = await attackPool(brightest, data, { attacks, seed: 1 });
 * assert(perturbations.some((moved) => moved !== 0));
 * ```
 */
export async function attackPool(
  classifier: Classifier,
  data: Dataset,
  options: AttackPoolOptions,
): Promise<AttackPool> {
  checkSettings("attackPool", attackPoolSettings, options, ["attacks", "seed"]);
  const { attacks, batch: size = 64, seed, progress, signal } = options;
  const scale = reach(attacks), perturbations = new Int8Array(data.pixels.length);
  const each = data.pixels.length / data.size;
  let turn = 0, done = 0;
  try {
    for (const batch of data.batches({ size })) {
      const held: tf.Tensor[] = [batch.images, batch.labels];
      try {
        await pause(signal); // for Ctrl-C, which fires the signal
        const attack = attackBy(attacks[turn % attacks.length]!);
        const attacked = await attack(classifier, batch, {
          seed: fold(seed, "pool", turn),
          ...(signal ? { signal } : {}),
        });
        held.push(attacked);
        const moves = tf.tidy(() =>
          attacked.sub(batch.images).mul(127 / scale).round().clipByValue(-127, 127).cast("int32")
        );
        held.push(moves);
        perturbations.set(Int8Array.from(await moves.data()), done * each);
        done += batch.images.shape[0];
        turn++;
        progress?.update(done, data.size);
      } finally {
        tf.dispose(held);
      }
    }
  } finally {
    progress?.done(signal?.aborted ? "stopped" : undefined);
  }
  return poolOf(perturbations, attacks);
}
