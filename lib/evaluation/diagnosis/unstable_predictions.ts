import { imageSeeds } from "../../attacks/mod.ts";
import { leadOf } from "../../judge/mod.ts";
import { type Batch, type Images, iterate, pause, tf, uniform } from "../../tensor/mod.ts";
import type { SurrogateAnswers } from "./surrogate_answers.ts";

/** Where to look around an image. */
export interface UnstableOptions {
  /** How many points. */
  readonly draws: number;
  /** The side of the box that they are drawn from. */
  readonly side: number;
  /** Fixes them. */
  readonly seed: number;
  /** Stops between some draws. */
  readonly signal?: AbortSignal | undefined;
}

/** After how many draws other work has its turn. */
const AT_ONCE = 10;

/** By how much of itself the margin changes around each image, min(1, mean |L(x) − L(x + r)| / |L(x)|); 0 where it is infinite. */
export async function unstable(
  asked: SurrogateAnswers,
  batch: Batch,
  { draws, side, seed, signal }: UnstableOptions,
): Promise<number[]> {
  const { images, labels } = batch, { leads } = await asked.to(images);
  const value = (x: tf.Tensor): tf.Tensor => leadOf(asked.surrogate, x as Images, labels);
  const there = tf.tensor1d([...leads]), size = tf.tidy(() => tf.where(there.equal(0), 1, there.abs()));
  let sum: tf.Tensor = tf.zerosLike(there);
  try {
    for (let draw = 0; draw < draws; draw += AT_ONCE) {
      await pause(signal);
      const next = iterate(sum, Math.min(AT_ONCE, draws - draw), (sum, i) => {
        const seeds = imageSeeds(batch, seed, "unstable", draw + i);
        const around = images.add(uniform(images.shape, -side / 2, side / 2, seeds)).clipByValue(0, 1);
        const change = value(around).sub(there).abs().div(size);
        return sum.add(tf.where(change.isNaN(), 0, change)); // infinity less infinity
      });
      sum.dispose();
      sum = next;
    }
    return Array.from(await sum.data(), (total) => Math.min(1, total / draws));
  } finally {
    tf.dispose([there, size, sum]);
  }
}
