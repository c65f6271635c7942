import { batchSizeFor, padding } from "../attacks/mod.ts";
import type { Dataset } from "../data/mod.ts";
import { addFaults, type Judgement, NO_FAULTS } from "../judge/mod.ts";
import { type Batch, pause, type Progress, tf } from "../tensor/mod.ts";

/** How to go through a data set. */
export interface BatchLoop {
  /** The images. */
  readonly data: Dataset;
  /** Which of them. Default: all. */
  readonly rows?: readonly number[] | undefined;
  /** How many together. */
  readonly size: number;
  /**
   * Whether the last batch is filled up: to a size that other batches have, too, as far as there are others; or always, to a
   * power of two. Default: it is as small as it is.
   */
  readonly last?: "as it is" | "filled up" | "filled up to a power of two";
  /** Is told how many images are done. */
  readonly progress?: Progress | undefined;
  /** Stops between two batches. */
  readonly signal?: AbortSignal | undefined;
}

/** How much of the work may be spent on filling up. */
const MOST_PADDING = 0.1;

/**
 * The size of a last batch. Graphs are slow to make, and each holds the weights: those for whole batches and for powers of
 * two are there, or soon will be.
 */
function lastSize(left: number, { size, last }: Pick<BatchLoop, "size" | "last">, all: number): number {
  if (last === "filled up to a power of two") return batchSizeFor(left, size);
  if (last !== "filled up" || all <= size) return left;
  return size - left <= MOST_PADDING * all ? size : batchSizeFor(left, size);
}

/**
 * Looks at images batch by batch; each batch is freed after its look.
 *
 * @param loop Which images, and how many together.
 * @param look Gets a batch, and how many of its images are asked about, from the first: the others only fill it up.
 * @throws {DOMException} `AbortError`, when the signal fires.
 */
export async function inBatches<T>(
  { data, rows, size, last = "as it is", progress, signal }: BatchLoop,
  look: (batch: Batch, count: number) => Promise<T>,
): Promise<T[]> {
  const all = rows ?? Array.from({ length: data.size }, (_, row) => row), seen: T[] = [];
  try {
    for (let start = 0; start < all.length; start += size) {
      await pause(signal); // for Ctrl-C, which fires the signal
      const some = all.slice(start, start + size), count = some.length;
      const batch = data.batch(padding(some, lastSize(count, { size, last }, all.length)));
      try {
        seen.push(await look(batch, count));
      } finally {
        tf.dispose([batch.images, batch.labels]);
      }
      progress?.update(Math.min(start + size, all.length), all.length);
    }
    return seen;
  } finally {
    progress?.done(signal?.aborted ? "stopped" : undefined);
  }
}

/** What the judge says of all images together. */
export function together(judgements: readonly Judgement[]): Judgement {
  const refused = judgements.flatMap(({ refused = [] }) => refused);
  return {
    stands: judgements.flatMap(({ stands }) => stands),
    faults: judgements.reduce((sum, { faults }) => addFaults(sum, faults), NO_FAULTS),
    ...(refused.length > 0 ? { refused } : {}),
  };
}
