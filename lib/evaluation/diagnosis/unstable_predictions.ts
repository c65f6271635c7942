import { imageSeeds, strength } from "../../attacks/mod.ts";
import { type Batch, type Images, iterate, pause, tf, uniform } from "../../tensor/mod.ts";
import type { Observer } from "./surrogate_answers.ts";

/** How is looked around an image. */
export interface UnstableOptions {
  /** How many points. */
  readonly draws: number;
  /** The side of the box that they are drawn from. */
  readonly side: number;
  /** Fixes them. */
  readonly seed: number;
}

/** How many draws before something else has its turn. */
const AT_ONCE = 10;

/** By how much of itself the margin changes around each image, min(1, mean |L(x) − L(x + r)| / |L(x)|). */
export async function unstable(
  observer: Observer,
  batch: Batch,
  { draws, side, seed }: UnstableOptions,
): Promise<number[]> {
  const { images, labels } = batch, { margins } = await observer.at(images);
  const value = (x: tf.Tensor): tf.Tensor => strength(observer.surrogate, x as Images, labels);
  const there = tf.tensor1d([...margins]), size = tf.tidy(() => tf.where(there.equal(0), 1, there.abs()));
  let sum: tf.Tensor = tf.zerosLike(there);
  try {
    for (let draw = 0; draw < draws; draw += AT_ONCE) {
      await pause();
      const next = iterate(sum, Math.min(AT_ONCE, draws - draw), (sum, i) => {
        const seeds = imageSeeds(batch, seed, "unstable", draw + i);
        const around = images.add(uniform(images.shape, -side / 2, side / 2, seeds)).clipByValue(0, 1);
        return sum.add(value(around).sub(there).abs().div(size));
      });
      sum.dispose();
      sum = next;
    }
    return Array.from(await sum.data(), (total) => Math.min(1, total / draws));
  } finally {
    tf.dispose([there, size, sum]);
  }
}
