import { interval, type Likeness, meanOf, overlaps, relativeDistances } from "../../evaluation/mod.ts";
import { type Labels, tf } from "../../tensor/mod.ts";
import type { Inspection, Inspector } from "./inspect.ts";

/** Comparisons of images with their originals, image by image, as batches come in. */
export interface Tally {
  readonly right: boolean[];
  /** By layer. */
  readonly distances: readonly number[][];
  /** By layer of maps. */
  readonly overlaps: readonly number[][];
}

/** A tally of nothing yet. */
export function emptyTally({ layers, maps }: Inspector): Tally {
  const lists = (count: number): number[][] => Array.from({ length: count }, () => []);
  return { right: [], distances: lists(layers.length), overlaps: lists(maps.size) };
}

/** Adds a batch. Without labels nothing is right or wrong. */
export async function tallied(
  tally: Tally,
  seen: Inspection,
  original: Inspection,
  labels?: Labels,
): Promise<void> {
  const add = async (list: number[], found: tf.Tensor) => {
    try {
      for (const value of await found.data()) list.push(value);
    } finally {
      found.dispose();
    }
  };
  for (const [i, list] of tally.distances.entries()) {
    await add(list, relativeDistances(seen.activations[i]!, original.activations[i]!));
  }
  for (const [i, list] of tally.overlaps.entries()) {
    await add(list, overlaps(seen.heats[i]!, original.heats[i]!));
  }
  if (labels === undefined) return;
  const right: number[] = [];
  await add(right, tf.equal(seen.predicted, labels));
  for (const value of right) tally.right.push(value === 1);
}

/** The means of a tally. */
export function likenessOf(tally: Tally, { layers, maps }: Inspector): Likeness {
  const right = tally.right.filter(Boolean).length, n = tally.right.length;
  const means = (names: Iterable<string>, lists: readonly number[][]) =>
    Object.fromEntries([...names].map((name, i) => [name, meanOf(lists[i]!)]));
  return {
    ...(n === 0 ? {} : { accuracy: right / n, interval: interval(right, n) }),
    distances: means(layers, tally.distances),
    overlaps: means(maps.keys(), tally.overlaps),
  };
}
