import { type Batch, type Images, type Labels, tf } from "../tensor/mod.ts";

/** Where one of several equal shares of so many begins and ends. */
function bounds(count: number, share: number, shares: number): readonly [from: number, to: number] {
  return [Math.ceil(count * share / shares), Math.ceil(count * (share + 1) / shares)];
}

/** One of several equal shares of images or labels, from the first. */
export function partOf<T extends Images | Labels>(all: T, share: number, shares: number): T {
  const [count, ...rest] = all.shape, [from, to] = bounds(count, share, shares);
  return tf.slice(all, [from, ...rest.map(() => 0)], [to - from, ...rest]) as T;
}

/** One of several equal shares of a batch, from the first. */
export function shareOf({ images, labels, ids }: Batch, share: number, shares: number): Batch {
  const part = { images: partOf(images, share, shares), labels: partOf(labels, share, shares) };
  return ids ? { ...part, ids: ids.slice(...bounds(ids.length, share, shares)) } : part;
}
